// The registries: every row has its script, names are distinct, a misspelt view is answered with the nearest one.
#include "tests/support.h"

#include "benchmarks/drawings/axes.h"
#include "benchmarks/figure.h"

static void every_row_has_a_script(void **state) {
    (void)state;
    for (size_t i = 0; i < drawing_count; i++) {
        char *script = memory_format("%s.gp", drawings[i]->script);
        assert_true(support_exists("figures", script));
        assert_string_equal(figure_scripts[i], drawings[i]->script);    // experiment files may name it
        assert_true((drawings[i]->draw == NULL) != (drawings[i]->draw_together == NULL));
        free(script);
    }
    assert_null(figure_scripts[drawing_count]);
    assert_null(figure_views[view_count]);
    for (size_t i = 0; i < view_count; i++) {
        char *script = memory_format("%s.gp", views[i]->name);
        assert_true(support_exists("figures", script));
        assert_true(strlen(views[i]->help) > 10);
        assert_string_equal(figure_views[i], views[i]->name);    // experiment files may name it
        for (size_t k = 0; k < i; k++) assert_string_not_equal(views[i]->name, views[k]->name);
        for (size_t k = 0; k < drawing_count; k++) assert_string_not_equal(views[i]->name, drawings[k]->script);
        free(script);
    }
}

static void views_are_found_by_name(void **state) {
    (void)state;
    Error error = {0};
    for (size_t i = 0; i < view_count; i++) assert_ptr_equal(view_find(views[i]->name, &error), views[i]);
    assert_null(view_find("scalign", &error));
    support_assert_has(error.message, "unknown view 'scalign', accepted: curves, scores,");
    support_assert_has(error.message, "nearest: scaling");
}

// All panels fit into the rows and columns, and no row is empty.
static void grids_hold_their_panels(void **state) {
    (void)state;
    for (size_t panels = 1; panels < 40; panels++) {
        Grid grid = axes_grid(panels);
        assert_true((size_t)(grid.columns * grid.rows) >= panels);
        assert_true((size_t)(grid.columns * (grid.rows - 1)) < panels);
        assert_true(grid.columns <= 3 && grid.width <= 6.75 && grid.height > 1.4 * grid.rows);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_a_script),
        cmocka_unit_test(views_are_found_by_name),
        cmocka_unit_test(grids_hold_their_panels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
