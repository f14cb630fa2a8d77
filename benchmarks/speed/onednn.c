// One training step of a recurrent layer with oneDNN, for `engram bench kernels`: a program by itself, built where libdnnl-dev is
// installed and started by the bench. Requests as in kernels.h: `open CELL FILE`, `step COUNT`.
//
// A step: the weights go from their plain layout into those that the forward and the backward primitive prefer, forward_training,
// backward, the gradients back into the plain layout, Adam. LSTM, and the GRU with a separate hidden bias ("linear before reset"), which
// is our GRU. Gates of oneDNN: LSTM i, f, c, o, as ours; GRU u, r, o: u is our z, r our r, o our n, so that two blocks of columns change
// places when the file is read. It has one bias where we have two: their sum; both get its gradient.
#include <dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/speed/exchange.h"
#include "benchmarks/speed/kernels.h"
#include "benchmarks/speed/serve.h"
#include "core/optim.h"

enum { BATCH = KERNELS_BATCH, INPUT = KERNELS_INPUT, ARGUMENTS_MAX = 24 };

// A primitive with what it reads and writes.
typedef struct Call {
    dnnl_primitive_desc_t description;
    dnnl_primitive_t primitive;
    int count;
    dnnl_exec_arg_t arguments[ARGUMENTS_MAX];
} Call;

typedef struct Work {
    bool lstm;
    int hidden, steps, gates;
    Weights *weights, *begin;    // input [I, gates H], recurrent [H, gates H], two biases; in oneDNN's order of gates
    Matrix x, gradient;          // [T B, I], [T B, H]
    Call forward, backward;
    Call before[4], after[2];    // the reorders of weights, of their gradients
    int memory_count;
    dnnl_memory_t memory[64];
    dnnl_memory_t bias, bias_gradient, output, zeroed[3];
} Work;

typedef struct Contender {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    Work work;
    bool open;
} Contender;

static void check(dnnl_status_t status, const char *what) {
    if (status == dnnl_success) return;
    fprintf(stderr, "oneDNN: %s failed with status %d\n", what, (int)status);
    exit(1);
}

// ---- memory and primitives -------------------------------------------------------------------------------------------------------------

static dnnl_memory_desc_t describe(int count, const dnnl_dim_t *sizes, dnnl_format_tag_t layout) {
    dnnl_memory_desc_t made;
    check(dnnl_memory_desc_init_by_tag(&made, count, sizes, dnnl_f32, layout), "a memory description");
    return made;
}

// `data` NULL: allocated by oneDNN.
static dnnl_memory_t memory_of(Contender *self, const dnnl_memory_desc_t *description, void *data) {
    dnnl_memory_t made;
    check(dnnl_memory_create(&made, description, self->engine, data ? data : DNNL_MEMORY_ALLOCATE), "memory");
    self->work.memory[self->work.memory_count++] = made;
    return made;
}

static void *data_of(dnnl_memory_t memory) {
    void *data = NULL;
    check(dnnl_memory_get_data_handle(memory, &data), "a handle");
    return data;
}

static const dnnl_memory_desc_t *wanted(const Call *call, int argument) {
    return dnnl_primitive_desc_query_md(call->description, dnnl_query_exec_arg_md, argument);
}

static void pass(Call *call, int argument, dnnl_memory_t memory) {
    call->arguments[call->count++] = (dnnl_exec_arg_t){argument, memory};
}

static void execute(Contender *self, const Call *call) {
    check(dnnl_primitive_execute(call->primitive, self->stream, call->count, call->arguments), "a primitive");
}

static void call_destroy(Call *call) {
    if (call->primitive) dnnl_primitive_destroy(call->primitive);
    if (call->description) dnnl_primitive_desc_destroy(call->description);
    *call = (Call){0};
}

static void reorder_create(Contender *self, Call *call, dnnl_memory_t from, dnnl_memory_t to) {
    const dnnl_memory_desc_t *source, *target;
    check(dnnl_memory_get_memory_desc(from, &source), "a description");
    check(dnnl_memory_get_memory_desc(to, &target), "a description");
    check(dnnl_reorder_primitive_desc_create(&call->description, source, self->engine, target, self->engine, NULL),
          "a reorder");
    check(dnnl_primitive_create(&call->primitive, call->description), "a reorder");
    pass(call, DNNL_ARG_FROM, from);
    pass(call, DNNL_ARG_TO, to);
}

// ---- building a layer ----------------------------------------------------------------------------------------------------------------

// The descriptions that forward and backward share; weights `any`: as the primitive prefers.
typedef struct Shapes {
    dnnl_memory_desc_t x, h, input, recurrent, bias, plain_input, plain_recurrent, state;
} Shapes;

static Shapes shapes_of(const Work *work) {
    dnnl_dim_t T = work->steps, H = work->hidden, G = work->gates;
    dnnl_dims_t x = {T, BATCH, INPUT}, h = {T, BATCH, H}, input = {1, 1, INPUT, G, H}, recurrent = {1, 1, H, G, H},
                bias = {1, 1, 4, H}, state = {1, 1, BATCH, H};
    Shapes shapes = {
        describe(3, x, dnnl_tnc),
        describe(3, h, dnnl_tnc),
        describe(5, input, dnnl_format_tag_any),
        describe(5, recurrent, dnnl_format_tag_any),
        describe(4, bias, dnnl_ldgo),
        describe(5, input, dnnl_ldigo),
        describe(5, recurrent, dnnl_ldigo),
        describe(4, state, dnnl_ldnc),
    };
    return shapes;
}

// The states at the beginning are given, though zero: without them the gradient of the LSTM's recurrent weights comes out
// wrong in oneDNN 2.6.
static void create_forward(Contender *self, Shapes *s) {
    Work *work = &self->work;
    dnnl_rnn_desc_t layer;
    dnnl_prop_kind_t kind = dnnl_forward_training;
    dnnl_rnn_direction_t direction = dnnl_unidirectional_left2right;
    dnnl_memory_desc_t none = {0};
    if (work->lstm) {
        check(dnnl_lstm_forward_desc_init(&layer, kind, direction, &s->x, &s->state, &s->state, &s->input, &s->recurrent,
                                          &s->bias, &s->h, &none, &none, 0),
              "an LSTM");
    } else {
        check(dnnl_lbr_gru_forward_desc_init(&layer, kind, direction, &s->x, &s->state, &s->input, &s->recurrent, &s->bias,
                                             &s->h, &none, 0),
              "a GRU");
    }
    check(dnnl_primitive_desc_create(&work->forward.description, &layer, NULL, self->engine, NULL), "a layer");
    check(dnnl_primitive_create(&work->forward.primitive, work->forward.description), "a layer");
}

static void create_backward(Contender *self, Shapes *s) {
    Work *work = &self->work;
    dnnl_rnn_desc_t layer;
    dnnl_prop_kind_t kind = dnnl_backward;
    dnnl_rnn_direction_t direction = dnnl_unidirectional_left2right;
    dnnl_memory_desc_t none = {0};
    if (work->lstm) {
        check(dnnl_lstm_backward_desc_init(&layer, kind, direction, &s->x, &s->state, &s->state, &s->input, &s->recurrent,
                                           &s->bias, &s->h, &none, &none, &s->x, &s->state, &s->state, &s->input, &s->recurrent,
                                           &s->bias, &s->h, &none, &none, 0),
              "an LSTM");
    } else {
        check(dnnl_lbr_gru_backward_desc_init(&layer, kind, direction, &s->x, &s->state, &s->input, &s->recurrent, &s->bias,
                                              &s->h, &none, &s->x, &s->state, &s->input, &s->recurrent, &s->bias, &s->h, &none,
                                              0),
              "a GRU");
    }
    check(dnnl_primitive_desc_create(&work->backward.description, &layer, NULL, self->engine, work->forward.description),
          "a layer");
    check(dnnl_primitive_create(&work->backward.primitive, work->backward.description), "a layer");
}

// Arguments of both passes, and the reorders between the plain weights and what the passes want.
static void connect(Contender *self, Shapes *s) {
    Work *work = &self->work;
    Call *forward = &work->forward, *backward = &work->backward;
    dnnl_memory_t x = memory_of(self, &s->x, work->x.data),
                  workspace = memory_of(self, wanted(forward, DNNL_ARG_WORKSPACE), NULL);
    work->output = memory_of(self, &s->h, NULL);
    work->bias = memory_of(self, &s->bias, NULL);
    work->bias_gradient = memory_of(self, &s->bias, NULL);
    const struct {
        int argument, gradient;
        dnnl_memory_desc_t *plain;
    } weights[] = {{DNNL_ARG_WEIGHTS_LAYER, DNNL_ARG_DIFF_WEIGHTS_LAYER, &s->plain_input},
                   {DNNL_ARG_WEIGHTS_ITER, DNNL_ARG_DIFF_WEIGHTS_ITER, &s->plain_recurrent}};
    for (int i = 0; i < 2; i++) {
        dnnl_memory_t plain = memory_of(self, weights[i].plain, weights_value(work->weights, i).data);
        dnnl_memory_t plain_gradient = memory_of(self, weights[i].plain, weights_gradient(work->weights, i).data);
        dnnl_memory_t ahead = memory_of(self, wanted(forward, weights[i].argument), NULL);
        dnnl_memory_t back = memory_of(self, wanted(backward, weights[i].argument), NULL);
        dnnl_memory_t gradient = memory_of(self, wanted(backward, weights[i].gradient), NULL);
        reorder_create(self, &work->before[2 * i], plain, ahead);
        reorder_create(self, &work->before[2 * i + 1], plain, back);
        reorder_create(self, &work->after[i], gradient, plain_gradient);
        pass(forward, weights[i].argument, ahead);
        pass(backward, weights[i].argument, back);
        pass(backward, weights[i].gradient, gradient);
        work->zeroed[i] = gradient;
    }
    work->zeroed[2] = work->bias_gradient;
    Call *both[] = {forward, backward};
    for (int i = 0; i < 2; i++) {
        pass(both[i], DNNL_ARG_SRC_LAYER, x);
        pass(both[i], DNNL_ARG_BIAS, work->bias);
        pass(both[i], DNNL_ARG_DST_LAYER, work->output);
        pass(both[i], DNNL_ARG_WORKSPACE, workspace);
    }
    const int begin[] = {DNNL_ARG_SRC_ITER, DNNL_ARG_SRC_ITER_C}, gone[] = {DNNL_ARG_DIFF_SRC_ITER, DNNL_ARG_DIFF_SRC_ITER_C};
    for (int i = 0; i < (work->lstm ? 2 : 1); i++) {
        dnnl_memory_t state = memory_of(self, &s->state, NULL);
        memset(data_of(state), 0, dnnl_memory_desc_get_size(&s->state));
        pass(forward, begin[i], state);
        pass(backward, begin[i], state);
        pass(backward, gone[i], memory_of(self, &s->state, NULL));
    }
    pass(backward, DNNL_ARG_DIFF_DST_LAYER, memory_of(self, &s->h, work->gradient.data));
    pass(backward, DNNL_ARG_DIFF_SRC_LAYER, memory_of(self, &s->x, NULL));
    pass(backward, DNNL_ARG_DIFF_BIAS, work->bias_gradient);
}

// ---- opening ---------------------------------------------------------------------------------------------------------------------------

static Weights *new_weights(const Work *work) {
    Weights *weights = weights_create(DTYPE_F32);
    int columns = work->gates * work->hidden;
    weights_add(weights, "layer0/input", INPUT, columns);
    weights_add(weights, "layer0/recurrent", work->hidden, columns);
    weights_add(weights, "layer0/input_bias", 1, columns);
    weights_add(weights, "layer0/recurrent_bias", 1, columns);
    weights_seal(weights);
    return weights;
}

// Our r, z, n becomes z, r, n.
static void exchange_gates(const Work *work) {
    for (int i = 0; !work->lstm && i < weights_count(work->begin); i++) {
        Matrix all = weights_value(work->begin, i);
        for (int row = 0; row < all.rows; row++) {
            float *r = matrix_row(all, row), *z = r + work->hidden;
            for (int j = 0; j < work->hidden; j++) {
                float kept = r[j];
                r[j] = z[j], z[j] = kept;
            }
        }
    }
}

static void close_work(Contender *self) {
    if (!self->open) return;
    Work *work = &self->work;
    call_destroy(&work->forward);
    call_destroy(&work->backward);
    for (int i = 0; i < 4; i++) call_destroy(&work->before[i]);
    for (int i = 0; i < 2; i++) call_destroy(&work->after[i]);
    for (int i = 0; i < work->memory_count; i++) dnnl_memory_destroy(work->memory[i]);
    weights_destroy(work->weights);
    weights_destroy(work->begin);
    free(work->x.data);
    free(work->gradient.data);
    *work = (Work){0};
    self->open = false;
}

static bool open_work(Contender *self, bool lstm, const char *path, Error *error) {
    close_work(self);
    Work *work = &self->work;
    Matrix settings;
    if (!exchange_read(path, "settings", &settings, error)) return false;
    work->lstm = lstm;
    work->gates = lstm ? 4 : 3;
    work->hidden = ((const int *)settings.data)[0];
    work->steps = ((const int *)settings.data)[1];
    free(settings.data);
    work->weights = new_weights(work);
    work->begin = new_weights(work);
    self->open = true;
    if (!exchange_read(path, "x", &work->x, error) || !exchange_read(path, "gradient", &work->gradient, error) ||
        !exchange_read_weights(path, "", work->begin, error)) {
        return false;
    }
    exchange_gates(work);
    Shapes shapes = shapes_of(work);
    create_forward(self, &shapes);
    create_backward(self, &shapes);
    connect(self, &shapes);
    return true;
}

// ---- a step ----------------------------------------------------------------------------------------------------------------------------

// Gates whose two biases add up; the GRU's last one keeps them apart.
static void add_biases(const Work *work) {
    int H = work->hidden, added = (work->lstm ? 4 : 2) * H;
    const float *input = weights_value(work->weights, 2).data, *recurrent = weights_value(work->weights, 3).data;
    float *bias = data_of(work->bias);
    for (int j = 0; j < added; j++) bias[j] = input[j] + recurrent[j];
    if (work->lstm) return;
    memcpy(bias + added, input + added, (size_t)H * sizeof *bias);
    memcpy(bias + added + H, recurrent + added, (size_t)H * sizeof *bias);
}

static void share_bias_gradient(const Work *work) {
    int H = work->hidden;
    size_t added = (size_t)(work->lstm ? 4 : 2) * (size_t)H, width = (size_t)H * sizeof(float);
    float *input = weights_gradient(work->weights, 2).data, *recurrent = weights_gradient(work->weights, 3).data;
    const float *gradient = data_of(work->bias_gradient);
    memcpy(input, gradient, added * sizeof *input);
    memcpy(recurrent, gradient, added * sizeof *input);
    if (work->lstm) return;
    memcpy(input + added, gradient + added, width);
    memcpy(recurrent + added, gradient + added + H, width);
}

static void train(Contender *self, Optim *optim) {
    Work *work = &self->work;
    for (int i = 0; i < 4; i++) execute(self, &work->before[i]);
    add_biases(work);
    execute(self, &work->forward);
    for (int i = 0; i < 3; i++) {    // oneDNN adds to them
        const dnnl_memory_desc_t *description;
        check(dnnl_memory_get_memory_desc(work->zeroed[i], &description), "a description");
        memset(data_of(work->zeroed[i]), 0, dnnl_memory_desc_get_size(description));
    }
    execute(self, &work->backward);
    for (int i = 0; i < 2; i++) execute(self, &work->after[i]);
    check(dnnl_stream_wait(self->stream), "waiting");
    share_bias_gradient(work);
    optim_step(optim, work->weights);
}

static double loss_of(const Work *work) {
    const float *h = data_of(work->output), *gradient = work->gradient.data;
    size_t count = (size_t)work->gradient.rows * (size_t)work->gradient.cols;
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += (double)h[i] * (double)gradient[i];
    return sum;
}

static bool answer(void *context, const char *request, double *ms, double *value, Error *error) {
    Contender *self = context;
    char cell[16];
    int count, path = 0;
    if (sscanf(request, "open %15s %n", cell, &path) == 1 && path > 0) {
        bool lstm = strcmp(cell, "lstm") == 0;
        *value = lstm || strcmp(cell, "gru") == 0 ? 0 : 1;
        return *value != 0 || open_work(self, lstm, request + path, error);
    }
    if (sscanf(request, "step %d", &count) != 1 || count < 1 || !self->open) {
        return error_set(error, "oneDNN: cannot answer the request '%s'", request);
    }
    weights_copy(self->work.begin, self->work.weights);
    Optim *optim = optim_create(optim_default_params(), self->work.weights);
    double start = serve_cpu_ms();
    for (int i = 0; i < count; i++) train(self, optim);
    *ms = (serve_cpu_ms() - start) / count;
    *value = loss_of(&self->work);
    optim_destroy(optim);
    return true;
}

int main(void) {
    static Contender self;
    const dnnl_version_t *version = dnnl_version();
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", version->major, version->minor, version->patch);
    check(dnnl_engine_create(&self.engine, dnnl_cpu, 0), "an engine");
    check(dnnl_stream_create(&self.stream, self.engine, dnnl_stream_default_flags), "a stream");
    int code = serve(text, answer, &self);
    close_work(&self);
    dnnl_stream_destroy(self.stream);
    dnnl_engine_destroy(self.engine);
    return code;
}
