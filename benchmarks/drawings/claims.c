// The view "claims": a forest plot. Claims have different units, so they share an axis that has none: how far the estimate lies on the
// claimed side of its threshold, in its own standard errors. The numbers in their units stand beside.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/check.h"
#include "benchmarks/drawings/axes.h"
#include "benchmarks/drawings/caption.h"
#include "benchmarks/drawings/drawings.h"
#include "core/arena.h"
#include "figures/palette.h"

static const double row_height = 0.21;

// A position on the common axis and what surrounds it; NaN for what has no threshold or no interval.
typedef struct Place {
    double at, low, high, fail_low, fail_high;
} Place;

// Towards the claimed side is to the right: claims that something is small are mirrored, and of a two-sided region the nearer boundary
// counts.
static Place place_of(const CheckRow *row) {
    const ClaimResult *r = &row->result;
    ClaimKind kind = row->spec->claim.kind;
    double se = r->se;
    if (!claim_is_tested(kind) || !(se > 0)) return (Place){NAN, NAN, NAN, NAN, NAN};
    bool two_sided = kind == CLAIM_EQUIVALENT || kind == CLAIM_REPRODUCES;
    double boundary = r->threshold, side = 1;
    if (kind == CLAIM_NONINFERIOR) boundary = -r->threshold;
    if (kind == CLAIM_AT_MOST || kind == CLAIM_TREND) side = -1;
    if (two_sided) side = r->effect > 0 ? -1 : 1, boundary = -side * r->threshold;
    if (kind == CLAIM_WITHIN) side = boundary == row->spec->claim.band.high ? -1 : 1;
    double ends[] = {side * (r->low - boundary) / se, side * (r->high - boundary) / se, side * (r->fail_low - boundary) / se,
                     side * (r->fail_high - boundary) / se};
    return (Place){side * (r->effect - boundary) / se, fmin(ends[0], ends[1]), fmax(ends[0], ends[1]), fmin(ends[2], ends[3]),
                   fmax(ends[2], ends[3])};
}

static const char *relation_of(ClaimKind kind) {
    switch (kind) {
    case CLAIM_AT_MOST:
    case CLAIM_TREND: return "<";
    case CLAIM_EQUIVALENT:
    case CLAIM_REPRODUCES: return "±";
    case CLAIM_NONINFERIOR: return "> –";
    default: return ">";
    }
}

// "0.42 [0.38, 0.46] > 0.1"
static char *numbers_of(const CheckRow *row) {
    const ClaimResult *r = &row->result;
    const Claim *claim = &row->spec->claim;
    if (claim->kind == CLAIM_BITWISE && r->runs_a == 0) return memory_format("no digests to compare");
    if (claim->kind == CLAIM_BITWISE) return memory_format("%.0f %% of %d digests equal", 100 * r->effect, r->runs_a);
    if (isnan(r->effect)) return memory_format("not judged");
    char *text =
        isnan(r->low) ? memory_format("%.3g", r->effect) : memory_format("%.3g [%.3g, %.3g]", r->effect, r->low, r->high);
    if (claim->kind == CLAIM_DESCRIBED) return text;
    char *longer = claim->kind == CLAIM_WITHIN ? memory_format("%s in [%g, %g]", text, claim->band.low, claim->band.high)
                                               : memory_format("%s %s%s%g", text, relation_of(claim->kind),
                                                               claim->kind == CLAIM_NONINFERIOR ? "" : " ", claim->threshold);
    free(text);
    return longer;
}

// P, F and ? repeat what the colours say; D: described.
static const char *letter_of(Verdict verdict) {
    static const char *const letters[VERDICT_COUNT] = {
        [VERDICT_PASS] = "P", [VERDICT_FAIL] = "F", [VERDICT_INCONCLUSIVE] = "?", [VERDICT_DESCRIBED] = "D"};
    return letters[verdict];
}

static void add_row(FigureTable *table, const CheckRow *row, size_t number) {
    const ClaimResult *r = &row->result;
    Place place = place_of(row);
    figure_table_number(table, (double)number);
    figure_table_text(table, row->spec->id);
    figure_table_text(table, check_verdict(row));
    const double places[] = {place.at, place.low, place.high, place.fail_low, place.fail_high};
    for (int i = 0; i < 5; i++) figure_table_number(table, places[i]);
    const double units[] = {r->effect,    r->low,       r->high,       r->fail_low,
                            r->fail_high, r->threshold, r->p_adjusted, r->p_fail_adjusted};
    for (int i = 0; i < 8; i++) figure_table_number(table, units[i]);
    figure_table_number(table, row->seeds);
    figure_table_number(table, r->runs_a + r->runs_b);
}

static void set_rows(Figure *figure, const CheckReport *report) {
    size_t count = report->count;
    const char **id = memory_zeroed(count, sizeof *id), **letter = memory_zeroed(count, sizeof *letter);
    const char **colour = memory_zeroed(count, sizeof *colour), **expect = memory_zeroed(count, sizeof *expect);
    char **numbers = memory_zeroed(count, sizeof *numbers);
    for (size_t i = 0; i < count; i++) {
        const CheckRow *row = &report->rows[i];
        bool judged = row->result.verdict != VERDICT_DESCRIBED;
        id[i] = row->spec->id;
        letter[i] = letter_of(row->result.verdict);
        colour[i] = palette_verdict(check_verdict(row));
        expect[i] = judged ? claim_expectation_names[row->spec->claim.expect] : "";
        numbers[i] = numbers_of(row);
    }
    figure_number(figure, "CLAIM_COUNT", (double)count);
    figure_strings(figure, "CLAIM", count, id);
    figure_strings(figure, "LETTER", count, letter);
    figure_strings(figure, "VERDICT_COLOUR", count, colour);
    figure_strings(figure, "EXPECT", count, expect);
    figure_strings(figure, "NUMBERS", count, (const char *const *)numbers);
    for (size_t i = 0; i < count; i++) free(numbers[i]);
    free(numbers);
    free(id);
    free(letter);
    free(colour);
    free(expect);
}

// Limits of the common axis: at least from -3 to 3, and all thick intervals.
static void set_limits(Figure *figure, const CheckReport *report) {
    double low = -3, high = 3;
    for (size_t i = 0; i < report->count; i++) {
        Place place = place_of(&report->rows[i]);
        if (isfinite(place.low)) low = fmin(low, place.low);
        if (isfinite(place.high)) high = fmax(high, place.high);
    }
    figure_number(figure, "LOW", 1.25 * low);
    figure_number(figure, "HIGH", 1.25 * high);
}

static char *claims_caption(const Panels *panels, const CheckReport *report) {
    const Calibration *calibration = &report->experiment->calibration;
    char *fixed = calibration->given ? memory_format(" Thresholds: commit %s, seeds %lld to %lld.", calibration->commit,
                                                     (long long)calibration->seeds.first, (long long)calibration->seeds.last)
                                     : memory_format("%s", "");
    char *shown = memory_format("Estimates and their distance from the threshold towards the claimed side, in standard errors "
                                "(axis: asinh). Thick: the "
                                "interval whose bounds can pass a claim (90 %% unless it says otherwise), thin: the stricter "
                                "one that can fail it (99 %%). P pass, "
                                "F fail, ? inconclusive, D described; after Holm's correction over the family. On the right: "
                                "effect with its interval, and the "
                                "claim.%s",
                                fixed);
    char *text = caption_text(panels->panel, panels->count, shown, "each claim says what stands for them");
    free(fixed);
    free(shown);
    return text;
}

static bool draw_claims(Panels *panels, const ViewOptions *options, const char *folder, Error *error) {
    (void)options;
    Gathering *gathering = panels->gathering;
    CheckOptions how = {.results = gathering->results, .partial = gathering->missing > 0};
    CheckReport *report = check_experiment(gathering->experiment, &how, error);
    if (!report) return false;
    if (report->count == 0) {
        error_set(error, "%s has no claims at scale %s: nothing to draw", gathering->experiment->path,
                  scale_names[gathering->experiment->scale]);
        check_free(report);
        return false;
    }
    FigureTable *table = figure_table_create(
        "claims", 18,
        (const char *const[]){"row", "claim", "verdict", "x", "x_low", "x_high", "x_fail_low", "x_fail_high", "effect", "low",
                              "high", "fail_low", "fail_high", "threshold", "p_adjusted", "p_fail_adjusted", "seeds", "runs"});
    for (size_t i = 0; i < report->count; i++) add_row(table, &report->rows[i], i + 1);
    Figure *figure = axes_figure("claims", claims_caption(panels, report), 6.75, 0.75 + row_height * (double)report->count);
    set_rows(figure, report);
    set_limits(figure, report);
    figure_add_table(figure, table);
    bool good = figure_render(figure, folder, error);
    figure_destroy(figure);
    check_free(report);
    return good;
}

const View view_claims = {
    .name = "claims",
    .help = "forest plot: every claim's estimate, intervals and verdict beside its threshold",
    .needs_analysis = check_needs_analysis,
    .draw = draw_claims,
};
