// How layers begin: each initialisation against what it says, golden statistics and quantiles; order of draws; refusals.
#include "algorithms/cells/initialise.h"
#include "algorithms/networks/network.h"
#include "core/kernels.h"
#include "core/orthogonal.h"
#include "core/vmath.h"
#include "tests/algorithms/golden.h"

typedef struct Layer {
    const CellType *cell;
    Weights *weights;
    int hidden;
    Rng rng;    // after the draws
} Layer;

static const CellType *cell_named(const char *name) {
    for (size_t c = 0; c < cell_type_count; c++) {
        if (strcmp(cell_types[c]->name, name) == 0) return cell_types[c];
    }
    fail_msg("no cell %s", name);
    return NULL;
}

static Layer begin(const CellType *cell, CellInitialisation how, double time_scale, DType type, int input, int hidden) {
    Layer layer = {cell, weights_create(type), hidden, rng_stream(21, RNG_INITIALISATION, 0)};
    CellStart start = {how, time_scale};
    Error error = {0};
    cell->declare(layer.weights, "", input, hidden);
    weights_seal(layer.weights);
    for (int i = 0; i < weights_count(layer.weights); i++) weights_fill(layer.weights, i, 77);    // nothing stays
    if (!cell_can_start(cell, start, &error)) fail_msg("%s", error.message);
    cell_start(cell, start, layer.weights, 0, input, hidden, &layer.rng);
    return layer;
}

static Matrix matrix_named(const Layer *layer, const char *name) {
    int index = weights_find(layer->weights, name);
    if (index < 0) fail_msg("%s has no %s", layer->cell->name, name);
    return weights_value(layer->weights, index);
}

static bool is_bias(const Layer *layer, int index) {
    return layer->cell->blocks->matrices[index] == CELL_BIAS;
}

static void expect_all(Matrix m, double value) {
    for (int k = 0; k < m.rows * m.cols; k++) assert_true(matrix_get(m, k / m.cols, k % m.cols) == value);
}

static void expect_equal(Matrix a, Matrix b) {
    assert_true(a.rows == b.rows && a.cols == b.cols);
    for (int k = 0; k < a.rows * a.cols; k++)
        assert_true(matrix_get(a, k / a.cols, k % a.cols) == matrix_get(b, k / a.cols, k % a.cols));
}

// ---- what cells say of themselves -----------------------------------------------------------------------------------------------

static void blocks_fit_the_declarations(void **state) {
    (void)state;
    enum { INPUT = 3, HIDDEN = 5 };
    for (size_t c = 0; c < cell_type_count; c++) {
        const CellType *cell = cell_types[c];
        const CellBlocks *blocks = cell->blocks;
        Layer layer = begin(cell, CELL_STANDARD, 0, DTYPE_F64, INPUT, HIDDEN);
        for (int i = 0; i < cell->weight_count; i++) {
            Matrix m = weights_value(layer.weights, i);
            int rows = blocks->matrices[i] == CELL_INPUT ? INPUT : blocks->matrices[i] == CELL_RECURRENT ? HIDDEN : 1;
            assert_true(m.rows == rows && m.cols % HIDDEN == 0);
            if (blocks->matrices[i] == CELL_SELF) assert_int_equal(m.cols, HIDDEN);
        }
        for (int g = 0; g < blocks->gate_count; g++) {
            assert_true(abs(blocks->gates[g].sign) == 1);
            for (int v = 0; v < blocks->bias_vectors; v++) {
                int index = blocks->gates[g].bias[v];
                assert_true(is_bias(&layer, index));
                assert_true((blocks->gates[g].block + 1) * HIDDEN <= weights_value(layer.weights, index).cols);
            }
        }
        weights_destroy(layer.weights);
    }
}

// The registry's `standard` is the cell's own function, word for word.
static void standard_is_the_cells_own(void **state) {
    (void)state;
    for (size_t c = 0; c < cell_type_count; c++) {
        Layer layer = begin(cell_types[c], CELL_STANDARD, 0, DTYPE_F32, 4, 6);
        Weights *own = weights_create(DTYPE_F32);
        Rng rng = rng_stream(21, RNG_INITIALISATION, 0);
        cell_types[c]->declare(own, "", 4, 6);
        weights_seal(own);
        cell_types[c]->initialise(own, 0, 4, 6, &rng);
        expect_equal(weights_values(layer.weights), weights_values(own));
        assert_int_equal(layer.rng.drawn, rng.drawn);
        weights_destroy(own);
        weights_destroy(layer.weights);
    }
}

static void expect_within(Matrix m, double bound) {
    double most = 0;
    for (int k = 0; k < m.rows * m.cols; k++) most = fmax(most, fabs(matrix_get(m, k / m.cols, k % m.cols)));
    assert_true(most <= bound && most > 0.9 * bound);
}

static void warping_cells_begin_as_they_say(void **state) {
    (void)state;
    static const char *const names[] = {"elman", "leaky", "gated"};
    for (size_t k = 0; k < 3; k++) {
        Layer layer = begin(cell_named(names[k]), CELL_STANDARD, 0, DTYPE_F64, 9, 25);
        expect_within(matrix_named(&layer, "input"), 0.2);
        expect_within(matrix_named(&layer, "recurrent"), 0.2);
        for (int i = 0; i < layer.cell->weight_count; i++) {
            if (is_bias(&layer, i)) expect_all(weights_value(layer.weights, i), 0);
        }
        weights_destroy(layer.weights);
    }
}

// ---- orthogonal -----------------------------------------------------------------------------------------------------------------

static double defect(Matrix q) {
    double *memory = memory_alloc((size_t)q.cols * (size_t)q.cols * dtype_size(q.type)), worst = 0;
    Matrix product = matrix_view(q.type, q.cols, q.cols, memory);
    kernels_for(q.type)->product(true, false, q, q, false, product);
    for (int k = 0; k < q.cols * q.cols; k++) {
        int i = k / q.cols, j = k % q.cols;
        worst = fmax(worst, fabs(matrix_get(product, i, j) - (i == j)));
    }
    free(memory);
    return worst;
}

static void recurrent_blocks_are_orthogonal(void **state) {
    (void)state;
    enum { INPUT = 7, HIDDEN = 20 };
    static const char *const names[] = {"gru", "lstm", "mgu", "nbrc", "elman", "leaky", "gated"};
    for (size_t k = 0; k < 2 * sizeof names / sizeof *names; k++) {
        DType type = k % 2 ? DTYPE_F64 : DTYPE_F32;
        Layer layer = begin(cell_named(names[k / 2]), CELL_ORTHOGONAL, 0, type, INPUT, HIDDEN);
        Rng rng = rng_stream(21, RNG_INITIALISATION, 0);
        for (int i = 0; i < layer.cell->weight_count; i++) {
            Matrix m = weights_value(layer.weights, i);
            if (is_bias(&layer, i)) expect_all(m, 0);
            if (layer.cell->blocks->matrices[i] == CELL_INPUT) {
                expect_within(m, sqrt(6.0 / (INPUT + HIDDEN)));
                rng_seek(&rng, rng.drawn + 2 * INPUT * (uint64_t)m.cols);
            }
            for (int at = 0; layer.cell->blocks->matrices[i] == CELL_RECURRENT && at < m.cols; at += HIDDEN) {
                Matrix block = matrix_cols(m, at, HIDDEN);
                double memory[HIDDEN * HIDDEN];
                Matrix expected = matrix_view(type, HIDDEN, HIDDEN, memory);
                assert_true(defect(block) < (type == DTYPE_F64 ? 1e-14 : 1e-6));
                orthogonal_fill(expected, 1, &rng);    // gate after gate, in the order that the header says
                expect_equal(block, expected);
            }
        }
        assert_int_equal(layer.rng.drawn, rng.drawn);
        weights_destroy(layer.weights);
    }
}

// ---- biases of gates --------------------------------------------------------------------------------------------------------------

// Everything but biases is what `standard` draws.
static void expect_standard_matrices(const Layer *layer, int input) {
    Layer standard = begin(layer->cell, CELL_STANDARD, 0, weights_type(layer->weights), input, layer->hidden);
    for (int i = 0; i < layer->cell->weight_count; i++) {
        if (!is_bias(layer, i)) expect_equal(weights_value(layer->weights, i), weights_value(standard.weights, i));
    }
    weights_destroy(standard.weights);
}

static void the_forget_gate_begins_at_one(void **state) {
    (void)state;
    enum { HIDDEN = 6 };
    Layer layer = begin(cell_named("lstm"), CELL_FORGET, 0, DTYPE_F32, 3, HIDDEN);
    Matrix bias = matrix_named(&layer, "input_bias");
    expect_all(matrix_cols(bias, 0, HIDDEN), 0);
    expect_all(matrix_cols(bias, HIDDEN, HIDDEN), 1);
    expect_all(matrix_cols(bias, 2 * HIDDEN, 2 * HIDDEN), 0);
    expect_all(matrix_named(&layer, "recurrent_bias"), 0);
    expect_standard_matrices(&layer, 3);
    weights_destroy(layer.weights);
}

// The draws of a chrono LSTM, as the header orders them: all of `standard`, then one number for each unit, then, twice, another.
static void chrono_draws_in_order(void **state) {
    (void)state;
    enum { INPUT = 2, HIDDEN = 8 };
    const double time_scale = 50;
    for (int twice = 0; twice < 2; twice++) {
        CellInitialisation how = twice ? CELL_CHRONO_TWICE : CELL_CHRONO;
        Layer layer = begin(cell_named("lstm"), how, time_scale, DTYPE_F64, INPUT, HIDDEN);
        Rng rng = rng_stream(21, RNG_INITIALISATION, 0);
        rng_seek(&rng, 2 * 4 * HIDDEN * (INPUT + HIDDEN + 2));
        for (int vector = 0; vector < 2; vector++) {
            Matrix bias = matrix_named(&layer, vector ? "recurrent_bias" : "input_bias");
            for (int unit = 0; unit < HIDDEN; unit++) {
                double u = vector && !twice ? 1 : rng_between(&rng, 1, time_scale - 1), expected = vmath_log(u);
                assert_true(matrix_get(bias, 0, unit) == -expected && matrix_get(bias, 0, HIDDEN + unit) == expected);
            }
            expect_all(matrix_cols(bias, 2 * HIDDEN, 2 * HIDDEN), 0);
        }
        assert_int_equal(layer.rng.drawn, rng.drawn);
        expect_standard_matrices(&layer, INPUT);
        weights_destroy(layer.weights);
    }
}

// One step without input and without matrices, from a state of ones: what is left of it.
static void fractions_kept(const Layer *layer, Matrix kept) {
    double zero = 0;
    const CellType *cell = layer->cell;
    for (int i = 0; i < cell->weight_count; i++) {
        if (!is_bias(layer, i)) weights_fill(layer->weights, i, 0);
    }
    Tape *tape = tape_create(DTYPE_F64, linalg_portable());
    tape_reset(tape, false);
    Node **weights = tape_weights(tape, layer->weights), *old[CELL_STATES_MAX], *next[CELL_STATES_MAX];
    for (int s = 0; s < cell->state_count; s++) {
        old[s] = tape_zeros(tape, 1, layer->hidden);
        for (int j = 0; j < layer->hidden; j++) matrix_set(old[s]->value, 0, j, 1);
    }
    Node *x = tape_constant(tape, matrix_view(DTYPE_F64, 1, 1, &zero));
    cell->step(tape, weights, layer->hidden, cell->project(tape, weights, x), old, next);
    matrix_copy(next[cell->state_count - 1]->value, kept);
    tape_destroy(tape);
}

// Whatever a gate's convention, a chrono unit keeps u / (1 + u) of its state each step, u uniform on [1, T_max - 1): it forgets in
// 2 to T_max steps. With both vectors drawn, u is a product of two.
static void units_remember_up_to_the_time_scale(void **state) {
    (void)state;
    enum { HIDDEN = 400 };
    const double time_scale = 200;
    static const char *const names[] = {"gru", "lstm", "mgu", "leaky", "gated"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const CellType *cell = cell_named(names[k]);
        for (int twice = 0; twice < cell->blocks->bias_vectors; twice++) {
            double memory[HIDDEN], least = INFINITY, most = 0, sum = 0;
            Layer layer = begin(cell, twice ? CELL_CHRONO_TWICE : CELL_CHRONO, time_scale, DTYPE_F64, 1, HIDDEN);
            fractions_kept(&layer, matrix_view(DTYPE_F64, 1, HIDDEN, memory));
            for (int j = 0; j < HIDDEN; j++) {
                double u = memory[j] / (1 - memory[j]);
                least = fmin(least, u), most = fmax(most, u), sum += u;
            }
            double longest = time_scale - 1, mean = time_scale / 2, sd = (longest - 1) / sqrt(12);
            if (twice) sd = sqrt(pow(mean * mean + sd * sd, 2) - pow(mean, 4)), mean *= mean, longest *= longest;
            if (!(least > 1 - 1e-9 && most < longest + 1e-9 && most > 0.8 * longest && least < mean / 5))
                fail_msg("%s: forgets in %g to %g steps", names[k], 1 + least, 1 + most);
            if (!(fabs(sum / HIDDEN - mean) < 5 * sd / sqrt(HIDDEN))) fail_msg("%s: mean %g", names[k], sum / HIDDEN);
            weights_destroy(layer.weights);
        }
    }
}

// E[log U(1, M)] = M ln M / (M - 1) - 1; with T_max = 2 there is nothing to draw from but 1.
static void the_mean_and_the_shortest_scale(void **state) {
    (void)state;
    enum { HIDDEN = 1000 };
    Layer layer = begin(cell_named("gated"), CELL_CHRONO, 12, DTYPE_F64, 1, HIDDEN);
    Matrix bias = matrix_named(&layer, "bias");
    double sum = 0, squares = 0;
    for (int j = 0; j < HIDDEN; j++) {
        double b = -matrix_get(bias, 0, j);
        sum += b, squares += b * b;
    }
    double mean = sum / HIDDEN, sd = sqrt(squares / HIDDEN - mean * mean);
    assert_true(fabs(mean - (11 * log(11) / 10 - 1)) < 5 * sd / sqrt(HIDDEN));
    weights_destroy(layer.weights);
    layer = begin(cell_named("lstm"), CELL_CHRONO_TWICE, 2, DTYPE_F32, 1, 5);
    expect_all(matrix_named(&layer, "input_bias"), 0);
    expect_all(matrix_named(&layer, "recurrent_bias"), 0);
    weights_destroy(layer.weights);
}

// ---- golden ------------------------------------------------------------------------------------------------------------------------

// dynamics/chrono_bias.csv: b is the quantile u of the biases. So a fraction u of many biases lies below b, to sampling error.
static void biases_have_the_golden_quantiles(void **state) {
    (void)state;
    enum { HIDDEN = 600 };
    CsvTable *table = support_table("tests/golden/dynamics/chrono_bias.csv");
    double worst = 0, time_scale = 0;
    Layer layer = {0};
    for (size_t r = 0; r < csv_rows(table); r++) {
        assert_true(golden_is(table, r, "arch", "lstm"));
        double u = support_number(table, r, "u"), keep = support_number(table, r, "b_forget_or_keep");
        if (support_number(table, r, "T_max") != time_scale) {
            weights_destroy(layer.weights);
            time_scale = support_number(table, r, "T_max");
            layer = begin(cell_named("lstm"), CELL_CHRONO, time_scale, DTYPE_F64, 1, HIDDEN);
        }
        Matrix bias = matrix_named(&layer, "input_bias");
        int below = 0;
        for (int j = 0; j < HIDDEN; j++) {
            below += matrix_get(bias, 0, HIDDEN + j) < keep;
            assert_true(matrix_get(bias, 0, j) == -matrix_get(bias, 0, HIDDEN + j));
        }
        double error = sqrt(u * (1 - u) / HIDDEN), off = fabs((double)below / HIDDEN - u);
        if (!(off <= 4.5 * error)) fail_msg("row %zu: %d of %d below %g", r, below, HIDDEN, keep);
        if (error > 0) worst = fmax(worst, off / error);
        assert_true(fabs(support_number(table, r, "b_input_or_update") + keep) <= 1e-15 * keep);
    }
    weights_destroy(layer.weights);
    print_message("worst deviation: chrono_bias.csv %.2g standard errors\n", worst);
    csv_destroy(table);
}

// warmup/chrono_init.csv: what one draw becomes, in each of the two vectors.
static void biases_are_made_as_by_the_warmup_program(void **state) {
    (void)state;
    CsvTable *table = support_table("tests/golden/warmup/chrono_init.csv");
    double worst = 0;
    for (size_t r = 0; r < csv_rows(table); r++) {
        double u = support_number(table, r, "uniform_draw"), forget = support_number(table, r, "forget_bias");
        assert_true(u >= 1 && u < support_number(table, r, "t_max") - 1);
        assert_true(golden_is(table, r, "bias", "bias_ih") || golden_is(table, r, "bias", "bias_hh"));
        worst = fmax(worst, fabs(vmath_log(u) - forget));
        assert_true(support_number(table, r, "input_bias") == -forget);
        assert_true(support_number(table, r, "cell_bias") == 0 && support_number(table, r, "output_bias") == 0);
    }
    assert_true(worst < 1e-12);
    print_message("worst deviation: chrono_init.csv %.2g\n", worst);
    csv_destroy(table);
}

typedef struct Summary {
    double least, most, mean, sd;
} Summary;

static Summary summary_of(Matrix m) {
    Summary s = {INFINITY, -INFINITY, 0, 0};
    int count = m.rows * m.cols;
    for (int k = 0; k < count; k++) {
        double x = matrix_get(m, k / m.cols, k % m.cols);
        s.least = fmin(s.least, x), s.most = fmax(s.most, x), s.mean += x / count;
    }
    for (int k = 0; k < count; k++) s.sd += pow(matrix_get(m, k / m.cols, k % m.cols) - s.mean, 2) / count;
    s.sd = sqrt(s.sd);
    return s;
}

// How far apart means and standard deviations of two samples of `count` numbers are, in standard errors of their difference, if both come
// from one distribution with this kurtosis.
static double difference(Summary a, Summary b, int count, double kurtosis) {
    if (b.sd == 0) return fabs(a.least - b.least) + fabs(a.most - b.most) == 0 ? 0 : INFINITY;
    double mean = fabs(a.mean - b.mean) / (b.sd * sqrt(2.0 / count));
    double sd = fabs(a.sd - b.sd) / (b.sd * sqrt((kurtosis - 1) / (2.0 * count)));
    return fmax(mean, sd);
}

// Where the file's cell begins, and its tensors: "weight_ih_l0" and block "r", or "U_c" and "-".
static const struct {
    const char *file, *cell, *gates;
    CellInitialisation how;
} begun[] = {
    {"gru", "gru", "rzn", CELL_ORTHOGONAL},
    {"lstm", "lstm", "ifgo", CELL_STANDARD},
    {"chrono", "lstm", "ifgo", CELL_CHRONO_TWICE},
    {"mgu", "mgu", "", CELL_STANDARD},
    {"brc", "brc", "", CELL_STANDARD},
    {"nbrc", "nbrc", "", CELL_STANDARD},
};

static void expect_statistics(const CsvTable *table, size_t row, const Layer *layer, const char *gates, double *worst) {
    const char *param = csv_text(table, row, csv_column(table, "param"));
    const char *block = csv_text(table, row, csv_column(table, "block"));
    GoldenPlace place = golden_place(layer->cell, 1, layer->hidden, param);
    assert_true(place.index >= 0);
    if (*gates) place.col += (int)(strchr(gates, *block) - gates) * layer->hidden;
    Matrix ours = matrix_cols(weights_value(layer->weights, place.index), place.col, layer->hidden);
    Summary found = summary_of(ours), expected = {support_number(table, row, "min"), support_number(table, row, "max"),
                                                  support_number(table, row, "mean"), support_number(table, row, "std")};
    int count = ours.rows * ours.cols;
    bool logarithm = expected.most > 1 || expected.least < -1;
    bool normal = layer->cell == cell_named("gru") && ours.rows > 1;    // an element of an orthogonal matrix, nearly
    double off = difference(found, expected, count, logarithm ? 9 : normal ? 3 : 1.8);
    // Of 256 uniform numbers the largest is within 5 % of the bound, and so is the file's; tails of normal ones differ by a deviation.
    double ends = logarithm ? 3 : normal ? 1 : 0.2;
    if (!(off < 5 && fabs(found.least - expected.least) <= ends * expected.sd &&
          fabs(found.most - expected.most) <= ends * expected.sd)) {
        fail_msg("%s %s %s: %g to %g, mean %g, sd %g", layer->cell->name, param, block, found.least, found.most, found.mean,
                 found.sd);
    }
    *worst = fmax(*worst, off);
}

static void weights_have_the_golden_statistics(void **state) {
    (void)state;
    CsvTable *table = support_table("tests/golden/warmup/init_stats.csv");
    double worst = 0;
    size_t compared = 0;
    for (size_t k = 0; k < sizeof begun / sizeof *begun; k++) {
        Layer layer = begin(cell_named(begun[k].cell), begun[k].how, 600, DTYPE_F64, 1, 256);
        for (size_t r = 0; r < csv_rows(table); r++) {
            if (!golden_is(table, r, "cell", begun[k].file)) continue;
            expect_statistics(table, r, &layer, begun[k].gates, &worst);
            compared++;
        }
        weights_destroy(layer.weights);
    }
    assert_int_equal(compared, csv_rows(table));
    print_message("worst deviation: init_stats.csv %.2g standard errors\n", worst);
    csv_destroy(table);
}

// ---- refusals and networks ----------------------------------------------------------------------------------------------------------

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *cell, *accepted[CELL_INITIALISATION_COUNT];
    } cases[] = {
        {"gru", {"standard", "orthogonal", "chrono", "chrono-twice"}},
        {"lstm", {"standard", "orthogonal", "forget", "chrono", "chrono-twice"}},
        {"mgu", {"standard", "orthogonal", "chrono"}},
        {"brc", {"standard"}},
        {"nbrc", {"standard", "orthogonal"}},
        {"feedforward", {"standard"}},
        {"elman", {"standard", "orthogonal"}},
        {"leaky", {"standard", "orthogonal", "chrono"}},
        {"gated", {"standard", "orthogonal", "chrono"}},
    };
    assert_int_equal(sizeof cases / sizeof *cases, cell_type_count);
    for (size_t c = 0; c < cell_type_count; c++) {
        const char *const *accepted = cases[c].accepted;
        for (int how = 0; how < CELL_INITIALISATION_COUNT; how++) {
            bool expected = *accepted && strcmp(*accepted, initialisation_names[how]) == 0;
            bool found = cell_can_start(cell_named(cases[c].cell), (CellStart){(CellInitialisation)how, 10}, NULL);
            if (found != expected) fail_msg("%s with %s", cases[c].cell, initialisation_names[how]);
            accepted += expected;
        }
    }
    assert_null(initialisation_names[CELL_INITIALISATION_COUNT]);
    // A cell that says nothing of itself has its own beginning and no other.
    CellType silent = *cell_named("gru");
    silent.blocks = NULL;
    assert_true(cell_can_start(&silent, (CellStart){CELL_STANDARD, 10}, NULL));
    assert_false(cell_can_start(&silent, (CellStart){CELL_ORTHOGONAL, 10}, NULL));
}

static void messages_say_what_would_do(void **state) {
    (void)state;
    Error error = {0};
    assert_false(cell_can_start(cell_named("mgu"), (CellStart){CELL_FORGET, 10}, &error));
    assert_string_equal(error.message, "network.initialisation: found forget with cell mgu, accepted: standard, orthogonal, "
                                       "chrono (forget is for the cells lstm)");
    assert_false(cell_can_start(cell_named("feedforward"), (CellStart){CELL_CHRONO, 10}, &error));
    support_assert_has(error.message, "accepted: standard (chrono is for the cells gru, lstm, mgu, leaky, gated)");
}

// Networks pass it on: every cell of every layer, also of double ones, has draws of its own.
static void networks_begin_as_they_are_told(void **state) {
    (void)state;
    Error error = {0};
    NetworkParams params = {
        .cell = 1, .layers = 2, .hidden = 6, .doubled = true, .initialisation = CELL_CHRONO, .time_scale = 30};
    assert_string_equal(cell_names[params.cell], "lstm");
    assert_true(network_check(&params, 2, 1, &error));
    Network *network = network_create(&params, 2, 1, DTYPE_F32);
    Rng rng = rng_stream(5, RNG_INITIALISATION, 0);
    network_initialise(network, &rng);
    double first[4];
    for (int i = 0; i < 4; i++) {
        Matrix bias = weights_value(network->weights, network_first_weight(network, i / 2, i % 2) + 2);
        assert_int_equal(bias.cols, 4 * 3);
        first[i] = matrix_get(bias, 0, 3);
        assert_true(first[i] >= 0 && first[i] < log(29) && matrix_get(bias, 0, 0) == -first[i]);
        for (int j = 0; j < i; j++) assert_true(first[j] != first[i]);
    }
    network_destroy(network);
    params.cell = 3;    // brc
    assert_false(network_check(&params, 2, 1, &error));
    support_assert_has(error.message, "found chrono with cell brc, accepted: standard");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_fit_the_declarations),         cmocka_unit_test(standard_is_the_cells_own),
        cmocka_unit_test(warping_cells_begin_as_they_say),     cmocka_unit_test(recurrent_blocks_are_orthogonal),
        cmocka_unit_test(the_forget_gate_begins_at_one),       cmocka_unit_test(chrono_draws_in_order),
        cmocka_unit_test(units_remember_up_to_the_time_scale), cmocka_unit_test(the_mean_and_the_shortest_scale),
        cmocka_unit_test(biases_have_the_golden_quantiles),    cmocka_unit_test(biases_are_made_as_by_the_warmup_program),
        cmocka_unit_test(weights_have_the_golden_statistics),  cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(messages_say_what_would_do),          cmocka_unit_test(networks_begin_as_they_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
