// How the sum over placements is taken. There are 3e9 on a board of 144 cells, so the ships of three and four are not visited together:
//
// For each ship of two s, and each set K of hits that ships of four can lie on, all pairs {a, b} of ships of three are visited that cover the
// other hits. A pair has the weight v = (1/n3(s,a) + 1/n3(s,b)) / (n3(s) n4(s,a,b)), both orders together, and leaves g ships of four, of
// those that cover just K. Then v g is the weight of s, a and b. The weight of a ship of four f is the sum of v over the pairs that do
// not meet it:    sum v - sum over c that meet f of (sum v of pairs with c) + sum v of pairs of which both meet f.
// n4 and g follow from counts: n4(s,a,b) = n4(s,a) - #{f meets b and neither s nor a}.
#include "envs/popgym/ship_belief.h"

#include <assert.h>
#include <math.h>
#include <string.h>

const int ship_lengths[SHIPS] = {2, 3, 3, 4};

// ---- segments ---------------------------------------------------------------------------------------------------------------------

static void add_segments(ShipTables *tables, ShipKind kind) {
    const int side = tables->side, length = (int)kind + 2;
    for (int across = 0; across < 2; across++) {
        for (int line = 0; line < side; line++) {
            for (int start = 0; start + length <= side; start++) {
                Cells *cells = &tables->cells[kind][tables->count[kind]++];
                *cells = (Cells){0};
                for (int i = start; i < start + length; i++) cells_add(cells, across ? line * side + i : i * side + line);
            }
        }
    }
}

static void find_crossing(ShipTables *tables, ShipKind kind, ShipKind other) {
    for (int i = 0; i < tables->count[kind]; i++) {
        Crossing *crossing = &tables->crossing[kind][other][i];
        crossing->count = 0;
        for (int k = 0; k < tables->count[other]; k++) {
            if (cells_meet(tables->cells[kind][i], tables->cells[other][k])) crossing->segment[crossing->count++] = (uint16_t)k;
        }
    }
}

void ship_tables_fill(int side, ShipTables *tables) {
    assert(side >= 4 && side <= SHIP_SIDE_MAX);
    tables->side = side;
    for (ShipKind kind = SHIP_TWO; kind < SHIP_KINDS; kind++) {
        tables->count[kind] = 0;
        add_segments(tables, kind);
    }
    for (ShipKind kind = SHIP_TWO; kind < SHIP_KINDS; kind++) {
        for (ShipKind other = SHIP_TWO; other < SHIP_KINDS; other++) find_crossing(tables, kind, other);
    }
}

// ---- is anything possible? -----------------------------------------------------------------------------------------------------

static int lowest(Cells set) {
    for (int w = 0; w < SHIP_WORDS; w++) {
        if (set.word[w]) return 64 * w + __builtin_ctzll(set.word[w]);
    }
    return -1;
}

static int size_of(Cells set) {
    int size = 0;
    for (; !cells_none(set); size++) {
        const int cell = lowest(set);
        set.word[cell >> 6] &= set.word[cell >> 6] - 1;
    }
    return size;
}

// Places ships to come (`left` of each kind) where nothing is taken yet, so that they cover `open`. The lowest open cell is covered by one
// of them; if there is none, the longest ship goes anywhere.
static bool fits(const ShipTables *tables, Cells taken, Cells open, const int left[SHIP_KINDS]) {
    const int cell = lowest(open);
    for (int kind = SHIP_FOUR; kind >= SHIP_TWO; kind--) {
        if (left[kind] == 0) continue;
        int then[SHIP_KINDS] = {left[0], left[1], left[2]};
        then[kind]--;
        for (int i = 0; i < tables->count[kind]; i++) {
            const Cells segment = tables->cells[kind][i];
            if (cells_meet(segment, taken) || (cell >= 0 && !cells_have(&segment, cell))) continue;
            if (fits(tables, cells_union(taken, segment), cells_without(open, segment), then)) return true;
        }
        if (cell < 0) return false;
    }
    return cell < 0;    // none is left
}

bool ship_belief_possible(const ShipTables *tables, const ShipBelief *belief) {
    const int left[SHIP_KINDS] = {1, 2, 1};
    return fits(tables, cells_without(belief->shots, belief->hits), belief->hits, left);
}

// ---- the sum over placements -----------------------------------------------------------------------------------------------------

enum { THREES_MAX = 2 * SHIP_SIDE_MAX * (SHIP_SIDE_MAX - 2), FOURS_MAX = 2 * SHIP_SIDE_MAX * (SHIP_SIDE_MAX - 3) };

// The ships of four that lie on no miss and, of the hits, on just these.
typedef struct FourClass {
    Cells covered;
    int count;
    uint16_t four[FOURS_MAX];
} FourClass;

typedef struct Sums {
    const ShipTables *tables;
    Cells hits, misses;
    double inverse[SEGMENTS_MAX + 1];    // 1/n; 0 for n = 0, where nothing can be placed
    double weight[SHIP_KINDS][SEGMENTS_MAX];
    // With the ship of two s on hand.
    int two, fours;                 // n4(s)
    bool three_free[THREES_MAX];    // meets not s
    bool four_free[FOURS_MAX];
    double inverse_three[THREES_MAX];    // 1 / (n3(s) n3(s, a))
    uint8_t near[THREES_MAX];            // ships of four that meet a and not s
    // With a class of ships of four as well: those of the class that do not meet s are candidates.
    int candidates;
    bool candidate[FOURS_MAX];
    uint8_t near_candidates[THREES_MAX];
    int usable_count;
    uint16_t usable[THREES_MAX];    // ships of three
    // Over pairs {a, b}.
    double all;                     // sum of v
    double of_three[THREES_MAX];    // of pairs with this one
    double both[FOURS_MAX];         // of pairs of which both meet this ship of four
} Sums;

static const Crossing *crossing(const Sums *sums, ShipKind kind, int segment, ShipKind other) {
    return &sums->tables->crossing[kind][other][segment];
}

// Pairs {a, b} for the b of a list, of which none comes a second time.
static void add_pairs(Sums *sums, int a, const uint16_t *others, int count) {
    const Crossing *fours = crossing(sums, SHIP_THREE, a, SHIP_FOUR), *meeting = crossing(sums, SHIP_THREE, a, SHIP_THREE);
    const int left = sums->fours - sums->near[a], candidates = sums->candidates - sums->near_candidates[a];
    uint8_t near[THREES_MAX], near_candidates[THREES_MAX];    // now meeting neither s nor a
    memcpy(near, sums->near, sizeof near);
    memcpy(near_candidates, sums->near_candidates, sizeof near_candidates);
    for (int i = 0; i < fours->count; i++) {
        const int four = fours->segment[i];
        if (!sums->four_free[four]) continue;
        const Crossing *threes = crossing(sums, SHIP_FOUR, four, SHIP_THREE);
        for (int k = 0; k < threes->count; k++) {
            near[threes->segment[k]]--;
            near_candidates[threes->segment[k]] = (uint8_t)(near_candidates[threes->segment[k]] - sums->candidate[four]);
        }
    }
    for (int i = 0; i < meeting->count; i++) near[meeting->segment[i]] = (uint8_t)left;    // weight 0

    double value[THREES_MAX] = {0}, all = 0, weight = 0;
    for (int i = 0; i < count; i++) {
        const int b = others[i];
        const double v = (sums->inverse_three[a] + sums->inverse_three[b]) * sums->inverse[left - near[b]];
        const double w = v * (candidates - near_candidates[b]);
        value[b] = v, all += v, sums->of_three[b] += v;
        weight += w, sums->weight[SHIP_THREE][b] += w;
    }
    sums->all += all;
    sums->of_three[a] += all;
    sums->weight[SHIP_THREE][a] += weight;
    sums->weight[SHIP_TWO][sums->two] += weight;
    for (int i = 0; i < fours->count; i++) {
        const int four = fours->segment[i];
        if (!sums->candidate[four]) continue;
        const Crossing *threes = crossing(sums, SHIP_FOUR, four, SHIP_THREE);
        for (int k = 0; k < threes->count; k++) sums->both[four] += value[threes->segment[k]];
    }
}

// All pairs that cover `open`. Of the lowest open cell one of the two takes care.
static void visit_pairs(Sums *sums, Cells open) {
    const Cells *cells = sums->tables->cells[SHIP_THREE];
    const int cell = lowest(open);
    for (int i = 0; i < sums->usable_count; i++) {
        const int a = sums->usable[i];
        if (cell < 0) {
            add_pairs(sums, a, sums->usable + i + 1, sums->usable_count - i - 1);
            continue;
        }
        if (!cells_have(&cells[a], cell)) continue;
        const Cells rest = cells_without(open, cells[a]);
        uint16_t others[THREES_MAX];
        int count = 0;
        for (int k = 0; k < sums->usable_count; k++) {
            if (cells_none(cells_without(rest, cells[sums->usable[k]]))) others[count++] = sums->usable[k];
        }
        if (count > 0) add_pairs(sums, a, others, count);
    }
}

// Weights of the candidates. What is left of cancellation where no pair remains is taken for nothing: the least pair is above 1e-6 of all.
static void add_fours(Sums *sums, const FourClass *class) {
    for (int i = 0; i < class->count; i++) {
        const int four = class->four[i];
        if (!sums->candidate[four]) continue;
        const Crossing *threes = crossing(sums, SHIP_FOUR, four, SHIP_THREE);
        double sum = sums->all + sums->both[four];
        for (int k = 0; k < threes->count; k++) sum -= sums->of_three[threes->segment[k]];
        if (sum > 1e-9 * sums->all) sums->weight[SHIP_FOUR][four] += sum;
    }
}

static void with_class(Sums *sums, const FourClass *class) {
    const ShipTables *tables = sums->tables;
    const Cells two = tables->cells[SHIP_TWO][sums->two];
    const Cells open = cells_without(cells_without(sums->hits, class->covered), two);
    const Cells barred = cells_union(sums->misses, class->covered);
    if (cells_meet(two, class->covered) || size_of(open) > 6) return;
    sums->candidates = 0;
    memset(sums->candidate, 0, sizeof sums->candidate);
    memset(sums->near_candidates, 0, sizeof sums->near_candidates);
    for (int i = 0; i < class->count; i++) {
        const int four = class->four[i];
        if (!sums->four_free[four]) continue;
        const Crossing *threes = crossing(sums, SHIP_FOUR, four, SHIP_THREE);
        sums->candidates++;
        sums->candidate[four] = true;
        for (int k = 0; k < threes->count; k++) sums->near_candidates[threes->segment[k]]++;
    }
    if (sums->candidates == 0) return;
    sums->usable_count = 0;
    for (int i = 0; i < tables->count[SHIP_THREE]; i++) {
        if (sums->three_free[i] && !cells_meet(tables->cells[SHIP_THREE][i], barred))
            sums->usable[sums->usable_count++] = (uint16_t)i;
    }
    sums->all = 0;
    memset(sums->of_three, 0, sizeof sums->of_three);
    memset(sums->both, 0, sizeof sums->both);
    visit_pairs(sums, open);
    if (sums->all > 0) add_fours(sums, class);
}

// Counts that depend on the ship of two alone.
static void put_two(Sums *sums, int two) {
    const ShipTables *tables = sums->tables;
    const Crossing *threes = crossing(sums, SHIP_TWO, two, SHIP_THREE), *fours = crossing(sums, SHIP_TWO, two, SHIP_FOUR);
    const int free = tables->count[SHIP_THREE] - threes->count;
    sums->two = two;
    sums->fours = tables->count[SHIP_FOUR] - fours->count;
    memset(sums->three_free, true, sizeof sums->three_free);
    memset(sums->four_free, true, sizeof sums->four_free);
    for (int i = 0; i < threes->count; i++) sums->three_free[threes->segment[i]] = false;
    for (int i = 0; i < fours->count; i++) sums->four_free[fours->segment[i]] = false;
    for (int a = 0; a < tables->count[SHIP_THREE]; a++) {
        const Crossing *met = crossing(sums, SHIP_THREE, a, SHIP_THREE), *above = crossing(sums, SHIP_THREE, a, SHIP_FOUR);
        int taken = 0, near = 0;
        for (int i = 0; i < met->count; i++) taken += sums->three_free[met->segment[i]];
        for (int i = 0; i < above->count; i++) near += sums->four_free[above->segment[i]];
        sums->near[a] = (uint8_t)near;
        sums->inverse_three[a] = sums->inverse[free] * sums->inverse[free - taken];
    }
}

// Ships of four that lie on no miss, by the hits that they lie on: how many classes there are.
static int find_classes(const Sums *sums, FourClass *classes) {
    int count = 0;
    for (int i = 0; i < sums->tables->count[SHIP_FOUR]; i++) {
        const Cells four = sums->tables->cells[SHIP_FOUR][i], covered = cells_common(four, sums->hits);
        if (cells_meet(four, sums->misses)) continue;
        int c = 0;
        while (c < count && !cells_same(classes[c].covered, covered)) c++;
        if (c == count) classes[count++] = (FourClass){.covered = covered};
        classes[c].four[classes[c].count++] = (uint16_t)i;
    }
    return count;
}

void ship_belief_chances(const ShipTables *tables, const ShipBelief *belief, double *out) {
    FourClass classes[FOURS_MAX];
    Sums sums = {.tables = tables, .hits = belief->hits, .misses = cells_without(belief->shots, belief->hits)};
    for (int n = 1; n <= SEGMENTS_MAX; n++) sums.inverse[n] = 1.0 / n;
    const int count = find_classes(&sums, classes);
    for (int two = 0; two < tables->count[SHIP_TWO]; two++) {
        if (cells_meet(tables->cells[SHIP_TWO][two], sums.misses)) continue;
        put_two(&sums, two);
        for (int c = 0; c < count; c++) with_class(&sums, &classes[c]);
    }
    double total = 0;
    for (int two = 0; two < tables->count[SHIP_TWO]; two++) total += sums.weight[SHIP_TWO][two];
    for (int cell = 0; cell < tables->side * tables->side; cell++) {
        double sum = 0;
        for (ShipKind kind = SHIP_TWO; kind < SHIP_KINDS; kind++) {
            for (int i = 0; i < tables->count[kind]; i++) {
                if (cells_have(&tables->cells[kind][i], cell)) sum += sums.weight[kind][i];
            }
        }
        out[cell] = cells_have(&belief->hits, cell) && total > 0 ? 1 : sum / total;    // 0/0 is NaN
    }
}
