// What all supervised tasks have in common: making, drawing, finding; and the bits of their sequences.
#include "core/digest.h"
#include "envs/copy_first.h"
#include "tests/envs/tasks.h"

// ---- a task of the test ------------------------------------------------------------------------------------------------------

typedef struct ProbeParams {
    int bad;
    int *disposed;    // counts
} ProbeParams;

static bool probe_prepare(const void *params, void *model, TaskSpec *spec, Error *error) {
    const ProbeParams *asked = params;
    *(int **)model = asked->disposed;
    if (asked->bad) return error_set(error, "found %d, accepted: 0", asked->bad);
    *spec =
        (TaskSpec){.input_size = 2, .output_size = 3, .target = TASK_REGRESSION, .steps = 4, .scored = 2, .samples = {5, 1}};
    return true;
}

static void probe_dispose(void *model) {
    ++**(int **)model;
}

// Shows which split and index it was asked for, and the first number of its stream.
static void probe_sample(const void *model, TaskSplit split, int64_t index, Rng *rng, TaskSequence *out) {
    (void)model;
    out->steps = 1 + (int)index % 4;
    out->scored = 1;
    out->when[0] = 0;
    out->input[0] = (float)split;
    out->input[1] = (float)index;
    out->value[0] = (float)rng_uniform(rng);
    out->value[1] = out->value[2] = 0;
}

static const TaskType probe = {.name = "probe",
                               .params = {"task probe", NULL, 0, sizeof(ProbeParams)},
                               .model_bytes = sizeof(int *),
                               .prepare = probe_prepare,
                               .dispose = probe_dispose,
                               .sample = probe_sample};

static void a_task_is_made_and_released(void **state) {
    (void)state;
    int disposed = 0;
    Task *task = tasks_create(&probe, &(ProbeParams){0, &disposed});
    assert_true(task->type == &probe && task->spec.steps == 4 && disposed == 0);
    task_destroy(task);
    assert_int_equal(disposed, 1);
    task_destroy(NULL);
    task_sequence_destroy(NULL);
}

static void a_refusal_names_the_task(void **state) {
    (void)state;
    int disposed = 0;
    tasks_refuse(&probe, &(ProbeParams){3, &disposed}, "task probe: found 3, accepted: 0");
    assert_int_equal(disposed, 0);    // what was not prepared is not disposed of
    assert_null(task_create(&probe, &(ProbeParams){3, &disposed}, NULL));
}

static void samples_have_room_for_the_longest(void **state) {
    (void)state;
    TaskSpec spec = {.input_size = 3, .output_size = 2, .target = TASK_REGRESSION, .steps = 5, .scored = 4};
    TaskSequence *sample = task_sequence_create(&spec);
    for (int i = 0; i < 15; i++) assert_true(sample->input[i] == 0);
    for (int i = 0; i < 8; i++) assert_true(sample->value[i] == 0);
    for (int i = 0; i < 4; i++) assert_true(sample->when[i] == 0 && sample->label[i] == 0);
    assert_true(sample->steps == 0 && sample->scored == 0);
    task_sequence_destroy(sample);
}

static void draws_come_from_a_stream_of_their_own(void **state) {
    (void)state;
    int disposed = 0;
    Task *task = tasks_create(&probe, &(ProbeParams){0, &disposed});
    TaskSequence *sample = task_sequence_create(&task->spec);
    static const int64_t order[] = {3, 0, 4, 3, 1, 2, 0};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        task_draw(task, 11, TASK_TRAIN, order[i], sample);
        Rng rng = rng_stream(11, RNG_TASK_TRAIN, (uint64_t)order[i]);
        assert_true(sample->value[0] == (float)rng_uniform(&rng));
        assert_true(sample->input[0] == TASK_TRAIN && sample->input[1] == (float)order[i] && sample->steps == 1 + order[i] % 4);
    }
    task_draw(task, 11, TASK_TEST, 0, sample);
    Rng rng = rng_stream(11, RNG_TASK_TEST, 0);
    assert_true(sample->value[0] == (float)rng_uniform(&rng) && sample->input[0] == TASK_TEST);
    task_sequence_destroy(sample);
    task_destroy(task);
}

// ---- the registry ------------------------------------------------------------------------------------------------------------

static void every_task_is_found(void **state) {
    (void)state;
    for (size_t i = 0; i < task_type_count; i++) {
        Error error = {0};
        const TaskType *type = task_types[i];
        assert_ptr_equal(task_find(type->name, &error), type);    // so names differ
        char *owner = memory_format("task %s", type->name);
        assert_string_equal(type->params.owner, owner);
        free(owner);
        assert_true(strlen(type->help) > 0 && strlen(type->source) > 0);
    }
}

static void an_unknown_name_gets_the_nearest(void **state) {
    (void)state;
    Error error = {0};
    assert_null(task_find("copy-frist", &error));
    support_assert_has(error.message, "found unknown task 'copy-frist', accepted: copy-first, ");
    support_assert_has(error.message, "; nearest: copy-first");
    assert_null(task_find("", &error));
    assert_null(task_find("no such thing at all", &error));
    assert_null(strstr(error.message, "nearest"));
}

// Of the baseline and 20 sequences of each split, the first 16 digits.
static char *digest_of(const Task *task) {
    const TaskSpec *spec = &task->spec;
    const bool classes = spec->target == TASK_CLASSES;
    TaskSequence *sample = task_sequence_create(spec);
    Digest *digest = digest_create();
    double baseline[2] = {spec->baseline_loss, classes ? spec->baseline_accuracy : 0};
    digest_update(digest, baseline, sizeof baseline);
    for (int n = 0; n < 40; n++) {
        task_draw(task, 1, n % 2 ? TASK_TEST : TASK_TRAIN, n / 2, sample);
        size_t scored = (size_t)sample->scored, inputs = (size_t)sample->steps * (size_t)spec->input_size;
        digest_update(digest, sample->input, inputs * sizeof(float));
        digest_update(digest, sample->when, scored * sizeof(int));
        if (classes) digest_update(digest, sample->label, scored * sizeof(int));
        else digest_update(digest, sample->value, scored * (size_t)spec->output_size * sizeof(float));
    }
    task_sequence_destroy(sample);
    char hex[DIGEST_SIZE];
    digest_finish(digest, hex);
    return memory_format("%.16s", hex);
}

// The same bits on every machine, with default parameters but the one named.
static void sequences_have_a_digest(void **state) {
    (void)state;
    static const struct {
        const char *task, *name, *text, *digest;
    } cases[] = {
        {"copy-first", NULL, NULL, "203449a302383121"},
        {"copy-first", "sparse", "true", "ade3d54557114fd8"},
        {"denoising", NULL, NULL, "5e760f89b7ea41f0"},
        {"denoising", "layout", "bistable", "13245c8823650994"},
        {"denoising", "layout", "bistable-2021", "56564ffdeb4169fe"},
        {"copy-memory", NULL, NULL, "0140522c7eca4ed8"},
        {"copy-memory", "variable", "true", "dde28d43a6a5ca48"},
        {"adding", NULL, NULL, "58bca889f64fb9e9"},
        {"warp", NULL, NULL, "357afe830fa2f8f2"},
        {"warp", "variable", "true", "ce652aa174739b0c"},
        {"warp", "mode", "padded", "f39570c178b0771f"},
        {"parity", NULL, NULL, "4c9f1f64ff6708b8"},
    };
    int others = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const TaskType *type = task_find(cases[i].task, NULL);
        void *params = memory_zeroed(1, type->params.struct_size);
        param_defaults(&type->params, params);
        if (cases[i].name) assert_true(param_set(&type->params, params, cases[i].name, cases[i].text, NULL));
        Task *task = tasks_create(type, params);
        char *digest = digest_of(task);
        if (strcmp(digest, cases[i].digest) != 0) {
            print_message("%s %s: %s\n", cases[i].task, cases[i].name ? cases[i].name : "", digest);
            others++;
        }
        free(digest);
        task_destroy(task);
        free(params);
    }
    assert_int_equal(others, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_is_made_and_released),
        cmocka_unit_test(a_refusal_names_the_task),
        cmocka_unit_test(samples_have_room_for_the_longest),
        cmocka_unit_test(draws_come_from_a_stream_of_their_own),
        cmocka_unit_test(every_task_is_found),
        cmocka_unit_test(an_unknown_name_gets_the_nearest),
        cmocka_unit_test(sequences_have_a_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
