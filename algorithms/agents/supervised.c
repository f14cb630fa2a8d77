// The loop, per gradient step k = 0..steps-1, of which the first ones may be warmup:
//
//     every `evaluation_period`: mean loss of the validation sequences; remember the best weights; perhaps halve the learning rate
//     the next batch of the pass, in an order drawn for every pass; one step of the optimiser
//
// and, after the last step, one more evaluation, the best weights restored, and the test.
//
// What bounds the memory: the tape of one batch, proportional to batch * T * layers * hidden; a batch of sequences; one order of the
// training sequences. Sequences are drawn when they are needed and not kept.
#include "algorithms/agents/supervised.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/arena.h"

static const char *const optimiser_names[] = {"adam", "rmsprop", "sgd", NULL};    // by OptimKind

static const ParamSpec rows[] = {
    {"steps", PARAM_INT, offsetof(SupervisedParams, steps), "75000", 1, 1e9, NULL, "gradient steps in all, warmup included"},
    {"batch", PARAM_INT, offsetof(SupervisedParams, batch), "32", 1, 65536, NULL, "sequences per gradient step"},
    {"train_samples", PARAM_INT, offsetof(SupervisedParams, train_samples), "60000", 0, 1e9, NULL,
     "training sequences, with those that validate; 0: fresh ones for every batch"},
    {"validation_samples", PARAM_INT, offsetof(SupervisedParams, validation_samples), "12000", 0, 1e9, NULL,
     "sequences that validate; 0: none"},
    {"test_samples", PARAM_INT, offsetof(SupervisedParams, test_samples), "10000", 0, 1e9, NULL,
     "sequences of the test; 0: none"},
    {"optimiser", PARAM_CHOICE, offsetof(SupervisedParams, optimiser), "adam", 0, 0, optimiser_names, "adam, rmsprop or sgd"},
    {"learning_rate", PARAM_REAL, offsetof(SupervisedParams, learning_rate), "0.001", 1e-12, 1e30, NULL, "of the optimiser"},
    {"decay", PARAM_REAL, offsetof(SupervisedParams, decay), "0.9", 0, 1, NULL, "of RMSprop's mean of squares"},
    {"clip_norm", PARAM_REAL, offsetof(SupervisedParams, clip_norm), "0", 0, 1e12, NULL,
     "largest norm of the gradient; 0: no clipping"},
    {"halve_after", PARAM_INT, offsetof(SupervisedParams, halve_after), "0", 0, 1e9, NULL,
     "gradient steps without a better validation until the learning rate is halved; 0: never"},
    {"evaluation_period", PARAM_INT, offsetof(SupervisedParams, evaluation_period), "1500", 1, 1e9, NULL,
     "gradient steps between two validations"},
    {"restore", PARAM_BOOL, offsetof(SupervisedParams, restore), "true", 0, 0, NULL,
     "test with the weights of the best validation, not the last ones"},
    {"lengthen", PARAM_INT, offsetof(SupervisedParams, lengthen), "1", 1, 1000, NULL,
     "also test on the task made 2, 3, ... times as long, up to this factor"},
};

// ---- the loss of a batch ---------------------------------------------------------------------------------------------------------

struct SupervisedLearner {
    TaskSpec spec;
    const Network *network;
    int most;
    Tape *tape;
    TaskSequence **samples;    // [most]
    SequenceBatch *packed;
    int64_t *index;      // [most] 0, 1, 2, ...
    int *length;         // [most]
    int *first;          // [steps] packed row at which each time step begins
    int *row, *label;    // of every scored step of the batch
    Matrix target;       // [most * scored, output]
};

// The source that a batch is packed from: the samples in their places.
static int place_steps(void *context, int64_t index) {
    return ((SupervisedLearner *)context)->samples[index]->steps;
}

static void copy_inputs(const TaskSequence *sample, int steps, Matrix out) {
    for (int t = 0; t < steps; t++) {
        for (int j = 0; j < out.cols; j++) matrix_set(out, t, j, (double)sample->input[t * out.cols + j]);
    }
}

static void place_read(void *context, int64_t index, int steps, Matrix out) {
    copy_inputs(((SupervisedLearner *)context)->samples[index], steps, out);
}

SupervisedLearner *supervised_learner_create(const TaskSpec *spec, const Network *network, int batch, const Linalg *linalg) {
    assert(network->input == spec->input_size && network->output == spec->output_size);
    SupervisedLearner *learner = memory_zeroed(1, sizeof *learner);
    DType type = weights_type(network->weights);
    size_t most = (size_t)batch, scored = most * (size_t)spec->scored;
    *learner = (SupervisedLearner){.spec = *spec, .network = network, .most = batch, .tape = tape_create(type, linalg)};
    learner->samples = memory_zeroed(most, sizeof *learner->samples);
    for (int i = 0; i < batch; i++) learner->samples[i] = task_sequence_create(spec);
    learner->packed = sequence_batch_create(batch, spec->steps, spec->input_size, type);
    learner->index = memory_zeroed(most, sizeof(int64_t));
    for (int i = 0; i < batch; i++) learner->index[i] = i;
    learner->length = memory_zeroed(most, sizeof(int));
    learner->first = memory_zeroed((size_t)spec->steps, sizeof(int));
    learner->row = memory_zeroed(scored, sizeof(int));
    learner->label = memory_zeroed(scored, sizeof(int));
    learner->target =
        matrix_view(type, (int)scored, spec->output_size, memory_zeroed(scored * (size_t)spec->output_size, dtype_size(type)));
    return learner;
}

void supervised_learner_destroy(SupervisedLearner *learner) {
    if (!learner) return;
    for (int i = 0; i < learner->most; i++) task_sequence_destroy(learner->samples[i]);
    free(learner->samples);
    sequence_batch_destroy(learner->packed);
    tape_destroy(learner->tape);
    free(learner->index);
    free(learner->length);
    free(learner->first);
    free(learner->row);
    free(learner->label);
    free(learner->target.data);
    free(learner);
}

TaskSequence *supervised_learner_sample(SupervisedLearner *learner, int index) {
    assert(index >= 0 && index < learner->most);
    return learner->samples[index];
}

size_t supervised_learner_memory(const SupervisedLearner *learner) {
    return tape_memory(learner->tape);
}

static void pack(SupervisedLearner *learner, int count) {
    SequenceSource source = {.context = learner, .longest = learner->spec.steps, .whole = true, .count = count};
    source.steps = place_steps;
    source.read = place_read;
    for (int i = 0; i < count; i++) learner->length[i] = learner->samples[i]->steps;
    sequence_batch_load(learner->packed, &source, count, learner->index, learner->length);
    for (int t = 0, first = 0; t < learner->packed->steps; first += learner->packed->active[t], t++) learner->first[t] = first;
}

// Rows of the packed batch that are scored, sequence after sequence, with what is to be predicted there; returns how many.
static int gather_scored(SupervisedLearner *learner, int count) {
    int scored = 0, width = learner->spec.output_size;
    bool classes = learner->spec.target == TASK_CLASSES;
    for (int i = 0; i < count; i++) {
        const TaskSequence *sample = learner->samples[learner->packed->order[i]];
        for (int k = 0; k < sample->scored; k++, scored++) {
            learner->row[scored] = learner->first[sample->when[k]] + i;
            if (classes) learner->label[scored] = sample->label[k];
            for (int j = 0; !classes && j < width; j++)
                matrix_set(learner->target, scored, j, (double)sample->value[k * width + j]);
        }
    }
    return scored;
}

static double share_of_right(Matrix logits, const int *label) {
    int right = 0;
    for (int i = 0; i < logits.rows; i++) {
        int best = 0;
        for (int j = 1; j < logits.cols; j++) best = matrix_get(logits, i, j) > matrix_get(logits, i, best) ? j : best;
        right += best == label[i];
    }
    return (double)right / logits.rows;
}

SupervisedLoss supervised_learner_loss(SupervisedLearner *learner, int count, bool gradients) {
    assert(count > 0 && count <= learner->most);
    const Network *network = learner->network;
    Tape *tape = learner->tape;
    pack(learner, count);
    int scored = gather_scored(learner, count);
    tape_reset(tape, gradients);
    Node *x = tape_constant(tape, learner->packed->x);
    Node *y = network_outputs(network, tape, tape_weights(tape, network->weights), x, learner->packed->steps,
                              learner->packed->active, scored, learner->row);
    bool classes = learner->spec.target == TASK_CLASSES;
    Node *loss = classes ? tape_cross_entropy(tape, y, learner->label)
                         : tape_mean_squared_error(tape, y, tape_constant(tape, matrix_rows(learner->target, 0, scored)));
    if (gradients) {
        matrix_zero(weights_gradients(network->weights));
        tape_backward(tape, loss);
    }
    return (SupervisedLoss){.loss = matrix_get(loss->value, 0, 0),
                            .accuracy = classes ? share_of_right(y->value, learner->label) : NAN,
                            .scored = scored};
}

// ---- the agent -------------------------------------------------------------------------------------------------------------------

typedef struct Supervised {
    SupervisedParams params;
    const Task *task;
    const Linalg *linalg;
    uint64_t seed;
    int64_t done;            // gradient steps, of warmup and of training
    int64_t warmed_count;    // sequences that warmup draws from
    Network *network, *best;
    Optim *optim;
    Warmup *warmup;    // NULL: none
    SupervisedLearner *learner;
    TaskSequence *scratch;
    int *order;      // of the training sequences, in pass number `pass`
    int64_t pass;    // -1: none drawn yet
    double learning_rate;
    double best_loss;    // of a validation so far; infinite before the first
    int64_t best_step, halved_step;
    double loss_sum;    // of training since the last evaluation
    int64_t loss_count;
} Supervised;

static int64_t learned_from(const SupervisedParams *params) {    // training sequences that do not validate
    return params->train_samples - params->validation_samples;
}

static bool check_count(const Task *task, TaskSplit split, int wanted, const char *name, Error *error) {
    int64_t there = task->spec.samples[split];
    if (there == 0 || wanted <= there) return true;
    return error_set(error, "agent.%s: found %d, but task %s has %lld such sequences, accepted: 1 to %lld", name, wanted,
                     task->type->name, (long long)there, (long long)there);
}

// Rows of a batch of the longest sequences are counted in an int.
static bool check_rows(const char *name, int batch, const TaskSpec *spec, Error *error) {
    double rows_at_most = (double)batch * spec->steps;
    if (rows_at_most <= INT_MAX) return true;
    return error_set(error, "%s: found %d, which makes %.0f rows of sequences of %d steps, accepted: at most %d rows", name,
                     batch, rows_at_most, spec->steps, INT_MAX);
}

// Now rather than at the end of a long training.
static bool check_lengthened(const SupervisedParams *params, const Task *task, Error *error) {
    if (params->lengthen == 1) return true;
    if (!task->type->lengthen)
        return error_set(error, "agent.lengthen: found %d, but task %s cannot be made longer, accepted: 1", params->lengthen,
                         task->type->name);
    Task *longest = task_lengthened(task, params->lengthen, error);
    bool good = longest && check_rows("agent.batch", params->batch, &longest->spec, error);
    task_destroy(longest);
    return good || error_context(error, "agent.lengthen %d: ", params->lengthen);
}

static bool check(const SupervisedParams *params, const AgentContext *context, Error *error) {
    const Task *task = context->task;
    if (params->train_samples > 0 && learned_from(params) <= 0)
        return error_set(error, "agent.validation_samples: found %d of %d training sequences, accepted: fewer than those",
                         params->validation_samples, params->train_samples);
    if (params->train_samples == 0 && task->spec.samples[TASK_TRAIN] > 0)
        return error_set(error,
                         "agent.train_samples: found 0, but task %s has no fresh sequences without end, accepted: 1 to %lld",
                         task->type->name, (long long)task->spec.samples[TASK_TRAIN]);
    if (params->halve_after > 0 && params->validation_samples == 0)
        return error_set(error, "agent.halve_after: found %d without validation, accepted: 0, or validation_samples above 0",
                         params->halve_after);
    if (context->warmup->steps > params->steps)
        return error_set(error,
                         "warmup.steps: found %d, but the agent makes %d gradient steps in all, accepted: at most so many",
                         context->warmup->steps, params->steps);
    return check_rows("agent.batch", params->batch, &task->spec, error) &&
           (context->warmup->steps == 0 || check_rows("warmup.batch", context->warmup->batch, &task->spec, error)) &&
           check_lengthened(params, task, error) &&
           check_count(task, TASK_TRAIN, params->train_samples, "train_samples", error) &&
           check_count(task, TASK_TEST, params->test_samples, "test_samples", error) &&
           network_check(context->network, task->spec.input_size, task->spec.output_size, error) &&
           warmup_check(context->warmup, context->network, error);
}

// All training sequences. Of a stream without end as many as warmup uses, up to a million: their order is drawn as a whole.
static int64_t count_warmed(const SupervisedParams *params, const WarmupParams *warmup) {
    int64_t used = (int64_t)warmup->steps * warmup->batch, most = 1000000;
    if (params->train_samples > 0) return params->train_samples;
    return used < most ? used : most;
}

static Optim *create_optim(const SupervisedParams *params, const Network *network) {
    OptimParams optim = optim_default_params();
    optim.kind = (OptimKind)params->optimiser;
    optim.learning_rate = params->learning_rate;
    optim.clip_norm = params->clip_norm;
    if (optim.kind == OPTIM_RMSPROP) optim.beta2 = params->decay;
    return optim_create(optim, network->weights);
}

static Agent *create(const void *opaque, const AgentContext *context, Error *error) {
    const SupervisedParams *params = opaque;
    if (!check(params, context, error)) return NULL;
    const TaskSpec *spec = &context->task->spec;
    Supervised *agent = memory_zeroed(1, sizeof *agent);
    agent->params = *params;
    agent->task = context->task;
    agent->linalg = context->linalg;
    agent->seed = context->seed;
    agent->warmed_count = count_warmed(params, context->warmup);
    agent->network = network_create(context->network, spec->input_size, spec->output_size, context->precision);
    Rng rng = rng_stream(agent->seed, RNG_INITIALISATION, 0);
    network_initialise(agent->network, &rng);
    agent->best = network_create(context->network, spec->input_size, spec->output_size, context->precision);
    agent->optim = create_optim(params, agent->network);
    if (context->warmup->steps > 0)
        agent->warmup = warmup_create(context->warmup, agent->network, spec->steps, agent->seed, context->linalg);
    agent->learner = supervised_learner_create(spec, agent->network, params->batch, context->linalg);
    agent->scratch = task_sequence_create(spec);
    if (params->train_samples > 0) agent->order = memory_zeroed((size_t)learned_from(params), sizeof(int));
    agent->pass = -1;
    agent->learning_rate = params->learning_rate;
    agent->best_loss = INFINITY;
    return (Agent *)agent;
}

static void destroy(Agent *opaque) {
    Supervised *agent = (Supervised *)opaque;
    if (!agent) return;
    warmup_destroy(agent->warmup);
    optim_destroy(agent->optim);
    supervised_learner_destroy(agent->learner);
    task_sequence_destroy(agent->scratch);
    network_destroy(agent->best);
    network_destroy(agent->network);
    free(agent->order);
    free(agent);
}

// ---- evaluation ------------------------------------------------------------------------------------------------------------------

// Mean over the scored steps of `count` sequences from `first`, a batch at a time.
static SupervisedLoss evaluate(SupervisedLearner *learner, const Task *task, uint64_t seed, TaskSplit split, int64_t first,
                               int64_t count) {
    double loss = 0, right = 0;
    int64_t scored = 0;
    for (int64_t at = 0; at < count; at += learner->most) {
        int width = count - at < learner->most ? (int)(count - at) : learner->most;
        for (int i = 0; i < width; i++) task_draw(task, seed, split, first + at + i, supervised_learner_sample(learner, i));
        SupervisedLoss part = supervised_learner_loss(learner, width, false);
        loss += part.loss * part.scored;
        right += part.accuracy * part.scored;
        scored += part.scored;
    }
    return (SupervisedLoss){loss / (double)scored, right / (double)scored, (int)scored};
}

static void record_loss(const Recorder *recorder, const char *name, int64_t step, SupervisedLoss loss) {
    char path[64];
    snprintf(path, sizeof path, "%s/loss", name);
    record_scalar(recorder, path, step, loss.loss);
    if (isnan(loss.accuracy)) return;
    snprintf(path, sizeof path, "%s/accuracy", name);
    record_scalar(recorder, path, step, loss.accuracy);
}

static bool is_warming(const Supervised *agent) {
    return agent->warmup && !warmup_over(agent->warmup);
}

// Remembers what is best and slows down what has stopped to fall.
static void follow(Supervised *agent, double loss) {
    if (loss < agent->best_loss) {
        agent->best_loss = loss;
        agent->best_step = agent->halved_step = agent->done;
        weights_copy(agent->network->weights, agent->best->weights);
    }
    int after = agent->params.halve_after;
    if (after == 0 || agent->done - agent->halved_step < after) return;
    agent->learning_rate /= 2;
    agent->halved_step = agent->done;
    optim_set_learning_rate(agent->optim, agent->learning_rate);
}

static void validate(Supervised *agent, const Recorder *recorder) {
    if (agent->loss_count > 0)
        record_scalar(recorder, "training/loss", agent->done, agent->loss_sum / (double)agent->loss_count);
    agent->loss_sum = 0;
    agent->loss_count = 0;
    record_scalar(recorder, "training/learning-rate", agent->done, agent->learning_rate);
    if (agent->params.validation_samples == 0) return;
    int64_t first = agent->params.train_samples > 0 ? learned_from(&agent->params) : 0;
    SupervisedLoss loss =
        evaluate(agent->learner, agent->task, agent->seed, TASK_TRAIN, first, agent->params.validation_samples);
    record_loss(recorder, "validation", agent->done, loss);
    if (!is_warming(agent)) follow(agent, loss.loss);
}

// ---- training --------------------------------------------------------------------------------------------------------------------

// Which training sequence is number `position` of all that are ever learned from, for sets with an end.
static int64_t ordered(Supervised *agent, int64_t pass, int64_t position) {
    if (agent->pass != pass) {
        Rng rng = rng_stream(agent->seed, RNG_BATCHES, (uint64_t)pass);
        rng_permutation(&rng, (int)learned_from(&agent->params), agent->order);
        agent->pass = pass;
    }
    return agent->order[position];
}

// Draws batch number `step`; returns its size: the last one of a pass may be smaller.
static int draw_batch(Supervised *agent, int64_t step) {
    int64_t batch = agent->params.batch, count = batch;
    int64_t there = learned_from(&agent->params);
    int64_t per_pass = agent->params.train_samples > 0 ? (there + batch - 1) / batch : 1;
    int64_t pass = step / per_pass, begin = step % per_pass * batch;
    if (agent->params.train_samples > 0 && there - begin < count) count = there - begin;
    for (int i = 0; i < count; i++) {
        int64_t index = agent->params.train_samples > 0 ? ordered(agent, pass, begin + i)
                                                        : agent->params.validation_samples + step * batch + i;
        task_draw(agent->task, agent->seed, TASK_TRAIN, index, supervised_learner_sample(agent->learner, i));
    }
    return (int)count;
}

static SequenceSource source_of(Supervised *agent, int64_t count);

static bool warm(Supervised *agent, const Recorder *recorder, Error *error) {
    SequenceSource source = source_of(agent, agent->warmed_count);
    WarmupStep step;
    if (!warmup_step(agent->warmup, &source, &step, error)) return false;
    warmup_record(recorder, agent->done, step);
    return true;
}

static bool train(Supervised *agent, Error *error) {
    int64_t step = agent->done - (agent->warmup ? warmup_done(agent->warmup) : 0);
    int count = draw_batch(agent, step);
    double loss = supervised_learner_loss(agent->learner, count, true).loss;
    if (!isfinite(loss)) {
        const char *what = isnan(loss) ? "not a number" : "infinite";
        return error_set(error, "loss is %s at gradient step %lld", what, (long long)agent->done);
    }
    optim_step(agent->optim, agent->network->weights);
    agent->loss_sum += loss;
    agent->loss_count++;
    return true;
}

static bool advance(Agent *opaque, const Recorder *recorder, Error *error) {
    Supervised *agent = (Supervised *)opaque;
    assert(agent->done < agent->params.steps);
    if (agent->done % agent->params.evaluation_period == 0) validate(agent, recorder);
    if (!(is_warming(agent) ? warm(agent, recorder, error) : train(agent, error))) return false;
    agent->done++;
    return true;
}

// ---- the end ---------------------------------------------------------------------------------------------------------------------

// The task made longer, step = factor: what was learned, on what was never seen.
static bool test_lengthened(Supervised *agent, int factor, const Recorder *recorder, Error *error) {
    Task *longer = task_lengthened(agent->task, factor, error);
    if (!longer) return error_context(error, "agent.lengthen %d: ", factor);
    SupervisedLearner *learner = supervised_learner_create(&longer->spec, agent->network, agent->params.batch, agent->linalg);
    record_loss(recorder, "lengthened", factor,
                evaluate(learner, longer, agent->seed, TASK_TEST, 0, agent->params.test_samples));
    supervised_learner_destroy(learner);
    task_destroy(longer);
    return true;
}

static bool finish(Agent *opaque, const Recorder *recorder, Error *error) {
    Supervised *agent = (Supervised *)opaque;
    // No loss has seen the weights of the last step.
    if (!matrix_finite(weights_values(agent->network->weights)))
        return error_set(error, "weights are not finite after the last gradient step");
    validate(agent, recorder);
    if (agent->params.restore && isfinite(agent->best_loss)) {
        weights_copy(agent->best->weights, agent->network->weights);
        record_scalar(recorder, "validation/best-step", agent->done, (double)agent->best_step);
    }
    if (agent->params.test_samples == 0) return true;
    record_loss(recorder, "test", agent->done,
                evaluate(agent->learner, agent->task, agent->seed, TASK_TEST, 0, agent->params.test_samples));
    for (int factor = 1; agent->params.lengthen > 1 && factor <= agent->params.lengthen; factor++)
        if (!test_lengthened(agent, factor, recorder, error)) return false;
    return true;
}

static int64_t done(const Agent *agent) {
    return ((const Supervised *)agent)->done;
}

static int64_t budget(const Agent *agent) {
    return ((const Supervised *)agent)->params.steps;
}

static const Network *policy(const Agent *agent) {
    return ((const Supervised *)agent)->network;
}

// ---- looked at from outside --------------------------------------------------------------------------------------------------------

static const TaskSequence *drawn(Supervised *agent, int64_t index) {
    task_draw(agent->task, agent->seed, TASK_TRAIN, index, agent->scratch);
    return agent->scratch;
}

static int source_steps(void *context, int64_t index) {
    return drawn(context, index)->steps;
}

static void source_read(void *context, int64_t index, int steps, Matrix out) {
    copy_inputs(drawn(context, index), steps, out);
}

// The first `count` training sequences; 0, of a stream without end: as many as anybody will look at.
static SequenceSource source_of(Supervised *agent, int64_t count) {
    return (SequenceSource){.context = agent,
                            .longest = agent->task->spec.steps,
                            .count = count > 0 ? count : INT32_MAX,
                            .steps = source_steps,
                            .read = source_read};
}

static SequenceSource sequences(Agent *opaque) {
    Supervised *agent = (Supervised *)opaque;
    return source_of(agent, agent->params.train_samples > 0 ? learned_from(&agent->params) : 0);
}

static void archive_state(Agent *opaque, Archive *archive) {
    Supervised *agent = (Supervised *)opaque;
    archive_enter(archive, "supervised");
    archive_i64(archive, "done", &agent->done);
    archive_f64(archive, "learning_rate", &agent->learning_rate);
    archive_f64(archive, "best_loss", &agent->best_loss);
    archive_i64(archive, "best_step", &agent->best_step);
    archive_i64(archive, "halved_step", &agent->halved_step);
    archive_f64(archive, "loss_sum", &agent->loss_sum);
    archive_i64(archive, "loss_count", &agent->loss_count);
    archive_enter(archive, "weights");
    weights_archive(agent->network->weights, archive);
    archive_leave(archive);
    archive_enter(archive, "best");
    weights_archive(agent->best->weights, archive);
    archive_leave(archive);
    optim_archive(agent->optim, archive);
    if (agent->warmup) warmup_archive(agent->warmup, archive);
    if (archive_loading(archive) && (agent->done < 0 || agent->done > agent->params.steps || !(agent->learning_rate > 0)))
        archive_reject(archive, "supervised/done %lld or the learning rate %g is impossible", (long long)agent->done,
                       agent->learning_rate);
    else if (archive_loading(archive)) optim_set_learning_rate(agent->optim, agent->learning_rate);
    archive_leave(archive);
}

static const char *const series[] = {
    "training/loss",
    "training/learning-rate",
    "validation/loss",
    "validation/accuracy",
    "validation/best-step",
    "test/loss",
    "test/accuracy",
    "lengthened/loss",
    "lengthened/accuracy",
    "warmup/loss",
    "warmup/vaa-star",
    "warmup/horizon",
    NULL,
};

const AgentType agent_supervised = {
    .name = "supervised",
    .help = "minibatches of whole sequences of a task, validation, the best weights tested",
    .source = "Lambrechts et al. 2023, Neural Networks 166; Tallec and Ollivier 2018, arXiv 1804.11188",
    .supervised = true,
    .params = {"agent supervised", rows, sizeof rows / sizeof *rows, sizeof(SupervisedParams)},
    .series = series,
    .create = create,
    .destroy = destroy,
    .advance = advance,
    .finish = finish,
    .done = done,
    .budget = budget,
    .policy = policy,
    .sequences = sequences,
    .archive = archive_state,
};
