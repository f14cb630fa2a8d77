#include "benchmarks/drawings/correlation_table.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "benchmarks/drawings/caption.h"
#include "core/arena.h"

CorrelationTable correlation_table_create(const Experiment *experiment, const EstimatorStyle *estimator, size_t count,
                                          const Association *of) {
    CorrelationTable table = {.experiment = experiment, .estimator = estimator, .group_count = count};
    table.groups = memory_zeroed(count + 1, sizeof *table.groups);
    for (size_t g = 0; g < count; g++) {
        CorrelationGroup *group = &table.groups[g];
        size_t cells = of[g].panel->cell_count;
        *group = (CorrelationGroup){.of = &of[g], .row_count = cells + (cells > 1)};
        group->rows = memory_zeroed(group->row_count, sizeof *group->rows);
        for (size_t c = 0; c < group->row_count; c++)
            group->rows[c] = association_correlate(&of[g], c < cells ? (int)c : ALL_CELLS);
    }
    return table;
}

void correlation_table_clear(CorrelationTable *table) {
    for (size_t g = 0; g < table->group_count; g++) free(table->groups[g].rows);
    free(table->groups);
    *table = (CorrelationTable){0};
}

const char *correlation_cell(const CorrelationGroup *group, size_t row) {
    const Panel *panel = group->of->panel;
    return row < panel->cell_count ? panel->cells[row].name : "all";
}

const char *correlation_cell_label(const CorrelationGroup *group, size_t row) {
    const Panel *panel = group->of->panel;
    return row < panel->cell_count ? cell_label(panel->cells[row].name) : "all cells";
}

char *correlation_group_title(const CorrelationGroup *group) {
    const Association *of = group->of;
    const char *title = of->panel->title, *set = information_sets[of->set].title, *comma = *title ? ", " : "";
    if (of->step < 0) return memory_format("%s%s%s, no checkpoint in common", title, comma, set);
    return memory_format("%s%s%s, episode %" PRId64, title, comma, set, of->step);
}

char *correlation_note(const CorrelationTable *table, bool plot) {
    return memory_format(
        "Mutual information of hidden state and belief (%s, nats) and the greedy policy's discounted return. Pearson's r and "
        "Spearman's rho: between runs, at the checkpoint named. Slope: of return on information, by least squares over the "
        "checkpoints of a run, mean over runs. %s: 95 %% intervals (Fisher; Bonett and Wright; t over runs). %s: too few "
        "runs, or values that are constant or not finite. The form follows the belief paper (Lambrechts, Bolland and Ernst, "
        "2022) as recalled; its published coefficients are not known here.",
        table->estimator->label, plot ? "Lines" : "Brackets", plot ? "Undefined" : "A dash is undefined");
}

// ---- numbers -------------------------------------------------------------------------------------------------------------

// A memory stream that becomes a text.
typedef struct Page {
    char *text;
    size_t size;
    FILE *stream;
} Page;

static void page_open(Page *page) {
    page->stream = open_memstream(&page->text, &page->size);
    assert(page->stream);
}

static char *page_close(Page *page) {
    fclose(page->stream);
    return page->text;
}

enum { NUMBER_SIZE = 96 };

// Two digits behind the point, fewer where the number is great: slopes have any size.
static void number_text(char out[24], double value, const char *dash, bool math) {
    const char *dollar = math ? "$" : "";
    int digits = fabs(value) >= 100 ? 0 : fabs(value) >= 10 ? 1 : 2;
    if (isfinite(value)) snprintf(out, 24, "%s%.*f%s", dollar, digits, value, dollar);
    else snprintf(out, 24, "%s", dash);
}

// "0.52 [0.10, 0.80]", "0.52 [-, -]", "-"; `dash` stands for a number that is undefined, `math` puts the others between dollars.
static void estimate_text(char out[NUMBER_SIZE], double value, Interval interval, const char *dash, bool math) {
    char number[24], low[24], high[24];
    number_text(number, value, dash, math);
    number_text(low, interval.low, dash, math);
    number_text(high, interval.high, dash, math);
    if (isfinite(value)) snprintf(out, NUMBER_SIZE, "%s [%s, %s]", number, low, high);
    else snprintf(out, NUMBER_SIZE, "%s", dash);
}

// ---- for people ----------------------------------------------------------------------------------------------------------

static void print_row(FILE *out, const CorrelationGroup *group, size_t index) {
    const Correlation *row = &group->rows[index];
    char r[NUMBER_SIZE], rho[NUMBER_SIZE], slope[NUMBER_SIZE];
    estimate_text(r, row->pearson, row->pearson_interval, "-", false);
    estimate_text(rho, row->spearman, row->spearman_interval, "-", false);
    estimate_text(slope, row->slope, row->slope_interval, "-", false);
    fprintf(out, "  %-14s %4d  %-21s  %-21s  %s\n", correlation_cell_label(group, index), row->runs, r, rho, slope);
}

// Broken at spaces, at most 100 characters to a line.
static void print_wrapped(FILE *out, const char *text) {
    size_t column = 0;
    while (*text) {
        size_t length = 0;
        while (text[length] && text[length] != ' ') length++;
        if (column && column + 1 + length > 100) fputc('\n', out), column = 0;
        else if (column) fputc(' ', out), column++;
        fprintf(out, "%.*s", (int)length, text);
        column += length;
        text += length + (text[length] == ' ');
    }
    fputc('\n', out);
}

char *correlation_text(const CorrelationTable *table) {
    Page page;
    page_open(&page);
    FILE *out = page.stream;
    fprintf(out, "%s at scale %s: mutual information and return\n", table->experiment->name,
            scale_names[table->experiment->scale]);
    fprintf(out, "  %-14s %4s  %-21s  %-21s  %s\n", "cell", "runs", "Pearson's r", "Spearman's rho", "slope (returns per nat)");
    for (size_t g = 0; g < table->group_count; g++) {
        const CorrelationGroup *group = &table->groups[g];
        char *title = correlation_group_title(group);
        fprintf(out, "%s\n", title);
        for (size_t i = 0; i < group->row_count; i++) print_row(out, group, i);
        free(title);
    }
    char *note = correlation_note(table, false);
    print_wrapped(out, note);
    free(note);
    return page_close(&page);
}

// ---- for LaTeX -----------------------------------------------------------------------------------------------------------

static void print_escaped(FILE *out, const char *text) {
    for (; *text; text++) {
        switch (*text) {
        case '\\': fputs("\\textbackslash{}", out); break;
        case '~': fputs("\\textasciitilde{}", out); break;
        case '^': fputs("\\textasciicircum{}", out); break;
        case '&':
        case '%':
        case '$':
        case '#':
        case '_':
        case '{':
        case '}':
            fputc('\\', out);
            fputc(*text, out);
            break;
        default: fputc(*text, out);
        }
    }
}

static void print_cell(FILE *out, double value, Interval interval) {
    char text[NUMBER_SIZE];
    estimate_text(text, value, interval, "--", true);
    fprintf(out, " & %s", text);
}

static void print_latex_group(FILE *out, const CorrelationGroup *group) {
    char *title = correlation_group_title(group);
    fputs("\\midrule\n\\multicolumn{5}{l}{\\emph{", out);
    print_escaped(out, title);
    fputs("}} \\\\\n", out);
    free(title);
    for (size_t i = 0; i < group->row_count; i++) {
        const Correlation *row = &group->rows[i];
        print_escaped(out, correlation_cell_label(group, i));
        fprintf(out, " & %d", row->runs);
        print_cell(out, row->pearson, row->pearson_interval);
        print_cell(out, row->spearman, row->spearman_interval);
        print_cell(out, row->slope, row->slope_interval);
        fputs(" \\\\\n", out);
    }
}

char *correlation_latex(const CorrelationTable *table) {
    Page page;
    page_open(&page);
    FILE *out = page.stream;
    char *note = correlation_note(table, false);
    fprintf(out, "%% %s at scale %s. Needs \\usepackage{booktabs}.\n", table->experiment->name,
            scale_names[table->experiment->scale]);
    fputs("\\begin{tabular}{lrlll}\n\\toprule\n", out);
    fputs("Cell & $n$ & Pearson's $r$ & Spearman's $\\rho$ & Slope (returns per nat) \\\\\n", out);
    for (size_t g = 0; g < table->group_count; g++) print_latex_group(out, &table->groups[g]);
    fputs("\\bottomrule\n\\multicolumn{5}{p{0.95\\linewidth}}{\\footnotesize ", out);
    print_escaped(out, note);
    fputs("} \\\\\n\\end{tabular}\n", out);
    free(note);
    return page_close(&page);
}
