// The figure driver: tidy data beside the pictures, the same SVG twice, and an earlier figure that survives a failing gnuplot.

#include "figures/driver.h"
#include "figures/palette.h"
#include "tests/support.h"

// A script of our own, so that these tests do not depend on any published figure.
static char *make_scripts(const char *place, const char *body) {
    char *scripts = memory_format("%s/scripts", place);
    mkdir(scripts, 0777);
    support_write(scripts, "common.gp", "set datafile separator comma\nset datafile columnheaders\n");
    support_write(scripts, "line.gp", body);
    return scripts;
}

static const char good_body[] = "set title CAPTION\nset xrange [0:2]\nset yrange [0:LIMIT]\nplot POINTS using 'x':'y' with "
                                "lines linetype STYLE[1] title NAME[1]\n";

static Figure *make_figure(const char *scripts, double shift) {
    Figure *figure = figure_create(scripts, "line", "a caption with \"quotes\" and a \\ in it", 4, 3);
    FigureTable *points = figure_table_create("points", 3, (const char *const[]){"name", "x", "y"});
    for (int i = 0; i < 3; i++) {
        figure_table_text(points, i == 1 ? "b, \"quoted\"" : "a");
        figure_table_number(points, i);
        figure_table_number(points, i == 2 ? (double)NAN : 1.0 / 3.0 + shift);
    }
    figure_number(figure, "LIMIT", 5);
    figure_strings(figure, "NAME", 1, (const char *const[]){"GRU"});
    figure_integers(figure, "STYLE", 1, (const int[]){(int)palette_index("gru", 0) + 1});
    figure_add_table(figure, points);
    return figure;
}

static void test_folder_holds_pictures_and_data(void **state) {
    char *place = *state;
    char *scripts = make_scripts(place, good_body);
    char *folder = memory_format("%s/results/figures/belief/line-ci", place);
    Figure *figure = make_figure(scripts, 0);
    Error error = {0};
    if (!figure_render(figure, folder, &error)) fail_msg("%s", error.message);
    figure_destroy(figure);

    size_t size;
    char *data = support_read(folder, "points.csv", &size);
    assert_string_equal(data, "name,x,y\na,0,0.333333333\n\"b, \"\"quoted\"\"\",1,0.333333333\na,2,NaN\n");
    free(data);
    char *pdf = support_read(folder, "figure.pdf", &size);
    assert_memory_equal(pdf, "%PDF", 4);
    free(pdf);
    char *png = support_read(folder, "figure.png", &size);
    assert_memory_equal(png, "\x89PNG", 4);
    free(png);
    char *svg = support_read(folder, "figure.svg", &size);
    assert_non_null(strstr(svg, "#0072B2") ? strstr(svg, "#0072B2") : strstr(svg, "rgb(  0, 114, 178)"));
    free(svg);
    char *script = support_read(folder, "figure.gp", &size);
    assert_non_null(strstr(script, "LIMIT = 5\n"));
    assert_non_null(strstr(script, "\\\"quotes\\\" and a \\\\ in it"));
    assert_null(strstr(script, place));    // the folder can be moved
    free(script);
    free(folder);
    free(scripts);
}

static void test_arrays_and_broken_lines(void **state) {
    char *place = *state;
    char *scripts = make_scripts(place, "if (VALUE[1] != 0.25 || VALUE[2] == VALUE[2]) { exit status 7 }\nset yrange [0:1]\n"
                                        "plot LINES using 'x':'y' with lines\n");
    char *folder = memory_format("%s/figure", place);
    Figure *figure = figure_create(scripts, "line", "caption", 4, 3);
    FigureTable *lines = figure_table_create("lines", 2, (const char *const[]){"x", "y"});
    for (int i = 0; i < 4; i++) {
        figure_table_number(lines, i);
        figure_table_number(lines, 0.5);
        if (i == 1) figure_table_break(lines);
    }
    figure_numbers(figure, "VALUE", 2, (const double[]){0.25, (double)NAN});
    figure_add_table(figure, lines);
    Error error = {0};
    if (!figure_render(figure, folder, &error)) fail_msg("%s", error.message);
    figure_destroy(figure);
    char *data = support_read(folder, "lines.csv", NULL);
    assert_string_equal(data, "x,y\n0,0.5\n1,0.5\n\n2,0.5\n3,0.5\n");
    free(data);
    char *path = memory_format("%s/lines.csv", folder);
    CsvTable *table = support_table(path);    // our own reader passes over the empty line
    assert_int_equal(csv_rows(table), 4);
    csv_destroy(table);
    char *script = support_read(folder, "figure.gp", NULL);
    support_assert_has(script, "array VALUE[2] = [0.25, NaN]\n");
    support_assert_has(script, "DIVERGING_MIDDLE = \"#FFFFFF\"\n");
    free(script);
    free(path);
    free(folder);
    free(scripts);
}

static void test_svg_is_the_same_twice(void **state) {
    char *place = *state;
    char *scripts = make_scripts(place, good_body);
    char *svg[2];
    size_t size[2];
    for (int i = 0; i < 2; i++) {
        char *folder = memory_format("%s/figure-%d", place, i);
        Figure *figure = make_figure(scripts, 0);
        Error error = {0};
        if (i == 1) setenv("GNUTERM", "no-such-terminal", 1);    // the user's wishes for the screen do not count
        if (!figure_render(figure, folder, &error)) fail_msg("%s", error.message);
        unsetenv("GNUTERM");
        figure_destroy(figure);
        svg[i] = support_read(folder, "figure.svg", &size[i]);
        free(folder);
    }
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(svg[0], svg[1], size[0]);
    free(svg[0]);
    free(svg[1]);
    free(scripts);
}

static void test_a_later_figure_replaces_an_earlier_one(void **state) {
    char *place = *state;
    char *scripts = make_scripts(place, good_body);
    char *folder = memory_format("%s/figure", place);
    for (int i = 0; i < 2; i++) {
        Figure *figure = make_figure(scripts, i);
        Error error = {0};
        if (!figure_render(figure, folder, &error)) fail_msg("%s", error.message);
        figure_destroy(figure);
    }
    size_t size;
    char *data = support_read(folder, "points.csv", &size);
    assert_non_null(strstr(data, "a,0,1.33333333\n"));
    free(data);
    char *count = memory_format("test $(ls -d '%s'* | wc -l) -eq 1", folder);    // nothing is left beside it
    assert_int_equal(system(count), 0);
    free(count);
    free(folder);
    free(scripts);
}

static void test_failing_script_keeps_data_and_earlier_figure(void **state) {
    char *place = *state;
    char *scripts = make_scripts(place, "plot no_such_function(x)\n");
    char *folder = memory_format("%s/figure", place);
    Figure *figure = make_figure(scripts, 0);
    Error error = {0};
    assert_false(figure_render(figure, folder, &error));
    assert_non_null(strstr(error.message, "gnuplot failed"));
    assert_non_null(strstr(error.message, "undefined function"));    // gnuplot's own words
    assert_non_null(strstr(error.message, folder));
    assert_true(support_exists(folder, "points.csv") && support_exists(folder, "figure.gp"));
    assert_false(support_exists(folder, "figure.svg"));
    figure_destroy(figure);

    free(make_scripts(place, good_body));
    figure = make_figure(scripts, 0);
    if (!figure_render(figure, folder, &error)) fail_msg("%s", error.message);
    figure_destroy(figure);
    free(make_scripts(place, "plot no_such_function(x)\n"));
    figure = make_figure(scripts, 1);
    assert_false(figure_render(figure, folder, &error));
    figure_destroy(figure);
    size_t size;
    char *data = support_read(folder, "points.csv", &size);    // the figure and its data still belong together
    assert_non_null(strstr(data, "a,0,0.333333333\n"));
    free(data);
    assert_true(support_exists(folder, "figure.svg"));
    char *undrawn = memory_format("%s-undrawn", folder);
    data = support_read(undrawn, "points.csv", &size);
    assert_non_null(strstr(data, "a,0,1.33333333\n"));
    free(data);
    assert_false(support_exists(undrawn, "figure.svg"));
    free(make_scripts(place, good_body));    // the next success removes what the failure left
    figure = make_figure(scripts, 0);
    if (!figure_render(figure, folder, &error)) fail_msg("%s", error.message);
    figure_destroy(figure);
    assert_false(support_exists(undrawn, "points.csv"));
    free(undrawn);
    free(folder);
    free(scripts);
}

static void test_missing_gnuplot_is_named(void **state) {
    char *place = *state;
    char *scripts = make_scripts(place, good_body);
    char *folder = memory_format("%s/figure", place);
    char *path = memory_format("%s", getenv("PATH"));
    setenv("PATH", place, 1);
    Figure *figure = make_figure(scripts, 0);
    Error error = {0};
    bool drawn = figure_render(figure, folder, &error);
    setenv("PATH", path, 1);
    assert_false(drawn);
    assert_non_null(strstr(error.message, "gnuplot was not found"));
    assert_non_null(strstr(error.message, "install"));
    assert_true(support_exists(folder, "points.csv"));
    figure_destroy(figure);
    free(path);
    free(folder);
    free(scripts);
}

static void test_unwritable_folder(void **state) {
    char *place = *state;
    char *scripts = make_scripts(place, good_body);
    support_write(place, "results", "a file where a folder should be");
    char *folder = memory_format("%s/results/figure", place);
    Figure *figure = make_figure(scripts, 0);
    Error error = {0};
    assert_false(figure_render(figure, folder, &error));
    assert_non_null(strstr(error.message, "results"));
    figure_destroy(figure);
    free(folder);
    free(scripts);
}

static void test_captions_are_broken_into_lines(void **state) {
    char *place = *state;
    char *scripts =
        make_scripts(place, "set label CAPTION at screen 0, 0\nif (CAPTION_LINES != 3) { exit status 7 }\nplot x\n");
    static const char word[] = "word\xc3\xa9 word ";
    char words[28 * (sizeof word - 1) + 1] = "";    // 308 characters, 336 bytes: 3 lines of 132
    for (size_t at = 0; at + 1 < sizeof words; at += sizeof word - 1) memcpy(words + at, word, sizeof word);
    char *folder = memory_format("%s/figure", place);
    Figure *figure = figure_create(scripts, "line", words, 6.75, 3);
    Error error = {0};
    if (!figure_render(figure, folder, &error)) fail_msg("%s", error.message);
    figure_destroy(figure);
    free(folder);
    free(scripts);
}

static void test_palette_keeps_colours(void **state) {
    (void)state;
    static const char *const order[] = {"gru", "lstm", "mgu", "brc", "nbrc"};
    static const char *const colours[] = {"#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9"};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(palette_index(order[i], 99), i);
        assert_string_equal(palette[i].colour, colours[i]);
        for (size_t k = 0; k < i; k++) assert_int_not_equal(palette[i].point, palette[k].point);
    }
    assert_string_equal(palette[palette_index("lstm-memory", 0)].colour, palette[palette_index("lstm", 0)].colour);
    assert_int_equal(palette_index("feedforward", 99), 6);
    static const char *const plain[][3] = {
        {"elman", "RNN", "#882255"}, {"leaky", "leaky RNN", "#999933"}, {"gated", "gated RNN", "#332288"}};
    for (size_t i = 0; i < 3; i++) {
        const PaletteEntry *entry = &palette[palette_index(plain[i][0], 99)];
        assert_true(palette_knows(plain[i][0]));
        assert_string_equal(entry->label, plain[i][1]);
        assert_string_equal(entry->colour, plain[i][2]);
    }
    for (size_t i = 0; i < palette_count; i++) {    // but for the LSTM's memory no two are alike
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(palette[i].point, palette[k].point);
            if (strcmp(palette[i].name, "lstm-memory") != 0) assert_string_not_equal(palette[i].colour, palette[k].colour);
        }
    }
    assert_false(palette_knows("mine"));
    assert_true(palette_index("mine", 0) >= 10);
    assert_int_not_equal(palette_index("mine", 0), palette_index("other", 1));
    assert_true(palette_index("mine", 1000) < palette_count);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_folder_holds_pictures_and_data, support_set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(test_arrays_and_broken_lines, support_set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(test_svg_is_the_same_twice, support_set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(test_a_later_figure_replaces_an_earlier_one, support_set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(test_failing_script_keeps_data_and_earlier_figure, support_set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(test_missing_gnuplot_is_named, support_set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(test_unwritable_folder, support_set_up, support_tear_down),
        cmocka_unit_test_setup_teardown(test_captions_are_broken_into_lines, support_set_up, support_tear_down),
        cmocka_unit_test(test_palette_keeps_colours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
