// The supervised agent: what it learns from and when, what it remembers and what it records. Stopping and refusals:
// tests/algorithms/test_supervised_limits.c; its loss: tests/algorithms/test_supervised_learner.c.
#include "tests/algorithms/allocations.h"
#include "tests/algorithms/supervised_probe.h"

// ---- which sequences -----------------------------------------------------------------------------------------------------------------

// One unit; returns how many sequences it learned from, to `indices`. Those that validate come before.
static int learned_in_a_step(Agent *agent, int64_t *indices) {
    drawn_count = 0;
    agents_advance(TYPE, agent, TYPE->done(agent) + 1, NULL);
    int count = 0, first = 0;
    while (first < drawn_count && drawn[first].index >= 8) first++;
    for (int i = first; i < drawn_count; i++) {
        assert_true(drawn[i].split == TASK_TRAIN);
        indices[count++] = drawn[i].index;
    }
    return count;
}

static void a_pass_visits_each_sequence_once(void **state) {
    (void)state;
    Task *task = probe((ProbeParams){0});
    Agent *agent = agent_of(task, &tiny, NULL);
    int64_t order[4][8];
    for (int pass = 0; pass < 4; pass++) {
        bool seen[8] = {false};
        for (int step = 0, at = 0; step < 3; step++) {
            int64_t indices[16];
            int count = learned_in_a_step(agent, indices);
            assert_int_equal(count, step < 2 ? 3 : 2);    // the last batch is what is left
            for (int i = 0; i < count; i++, at++) {
                assert_in_range(indices[i], 0, 7);    // never one that validates: 8, 9, 10
                assert_false(seen[indices[i]]);
                seen[indices[i]] = true;
                order[pass][at] = indices[i];
            }
        }
        for (int before = 0; before < pass; before++) assert_memory_not_equal(order[pass], order[before], sizeof order[pass]);
    }
    TYPE->destroy(agent);
    task_destroy(task);
}

// Without an end: those that validate are the first ones, and every batch is new.
static void fresh_sequences_are_never_seen_again(void **state) {
    (void)state;
    Task *task = probe((ProbeParams){0});
    SupervisedParams params = tiny;
    params.train_samples = 0;
    WarmupParams warmup = warmup_of(2);
    for (int warmed = 0; warmed < 2; warmed++) {
        Agent *agent = agent_of(task, &params, warmed ? &warmup : NULL);
        int64_t next = 3, before = warmed ? 2 : 0;
        agents_advance(TYPE, agent, before, NULL);
        for (int64_t step = before; step < params.steps; step++) {
            drawn_count = 0;
            agents_advance(TYPE, agent, step + 1, NULL);
            bool validates = step % 4 == 0;
            int end = step + 1 < params.steps ? drawn_count : (validates ? 6 : 3);    // the end draws more
            assert_int_equal(end, validates ? 6 : 3);
            for (int i = 0; i < end; i++) {
                int64_t expected = validates && i < 3 ? i : next++;
                assert_int_equal(drawn[i].index, expected);
            }
        }
        SequenceSource source = TYPE->sequences(agent);
        assert_true(source.count > 1000000 && source.longest == 4 && !source.whole);
        TYPE->destroy(agent);
    }
    task_destroy(task);
}

static void others_see_what_is_learned_from(void **state) {
    (void)state;
    Task *task = probe((ProbeParams){0});
    Agent *agent = agent_of(task, &tiny, NULL);
    SequenceSource source = TYPE->sequences(agent);
    assert_true(source.count == 8 && source.longest == 4 && !source.whole);
    TaskSequence *sample = task_sequence_create(&task->spec);
    for (int64_t i = 0; i < 8; i++) {
        task_draw(task, 7, TASK_TRAIN, i, sample);
        assert_int_equal(source.steps(source.context, i), sample->steps);
        double room[8];
        Matrix read = matrix_view(DTYPE_F64, sample->steps - 1, 2, room);
        source.read(source.context, i, sample->steps - 1, read);
        for (int j = 0; j < 2 * (sample->steps - 1); j++) assert_true(room[j] == (double)sample->input[j]);
    }
    task_sequence_destroy(sample);
    TYPE->destroy(agent);
    task_destroy(task);
}

// ---- validation and test -------------------------------------------------------------------------------------------------------------

static void what_is_recorded_and_when(void **state) {
    (void)state;
    for (int classes = 0; classes < 2; classes++) {
        Task *task = probe((ProbeParams){.classes = classes});
        AgentsLog log = {0};
        Agent *agent = agent_of(task, &tiny, NULL);
        agents_advance(TYPE, agent, tiny.steps, &log);
        static const int64_t steps[] = {0, 4, 8, 12, 13};
        assert_int_equal(agents_count(&log, "validation/loss"), 5);
        assert_int_equal(agents_count(&log, "validation/accuracy"), classes ? 5 : 0);
        assert_int_equal(agents_count(&log, "training/learning-rate"), 5);
        assert_int_equal(agents_count(&log, "training/loss"), 4);    // none before the first step
        for (int i = 0; i < 5; i++) {
            int64_t step = -1;
            agents_value(&log, "validation/loss", i, &step);
            assert_int_equal(step, steps[i]);
        }
        assert_int_equal(agents_count(&log, "test/loss"), 1);
        assert_int_equal(agents_count(&log, "test/accuracy"), classes);
        assert_int_equal(agents_count(&log, "warmup/loss"), 0);
        assert_int_equal(agents_count(&log, "lengthened/loss"), 0);
        for (int i = 0; i < log.count; i++) {    // all that is recorded is announced
            int k = 0;
            while (TYPE->series[k] && strcmp(TYPE->series[k], log.entry[i].name) != 0) k++;
            if (!TYPE->series[k]) fail_msg("%s is not among the agent's series", log.entry[i].name);
        }
        TYPE->destroy(agent);
        task_destroy(task);
    }
}

// Recorded losses against those of the policy on the same sequences: all of them in one batch, though the agent takes three at a time.
static void losses_are_means_over_all_sequences(void **state) {
    (void)state;
    Task *task = probe((ProbeParams){.classes = true});
    SupervisedParams params = tiny;
    params.restore = false;
    AgentsLog log = {0};
    AgentContext context = context_of(task, NULL, NULL);
    context.precision = DTYPE_F64;
    Agent *agent = agents_create(TYPE, &params, &context);
    agents_advance(TYPE, agent, params.steps, &log);
    SupervisedLearner *learner = supervised_learner_create(&task->spec, TYPE->policy(agent), 5, linalg_portable());
    for (int i = 0; i < 5; i++) task_draw(task, 7, TASK_TEST, i, supervised_learner_sample(learner, i));
    SupervisedLoss test = supervised_learner_loss(learner, 5, false);
    for (int i = 0; i < 3; i++) task_draw(task, 7, TASK_TRAIN, 8 + i, supervised_learner_sample(learner, i));
    SupervisedLoss validation = supervised_learner_loss(learner, 3, false);
    assert_true(fabs(agents_last(&log, "test/loss") - test.loss) < 1e-14);
    assert_true(fabs(agents_last(&log, "test/accuracy") - test.accuracy) < 1e-14);
    assert_true(fabs(agents_last(&log, "validation/loss") - validation.loss) < 1e-14);
    assert_true(fabs(agents_last(&log, "validation/accuracy") - validation.accuracy) < 1e-14);
    assert_int_equal(agents_count(&log, "validation/best-step"), 0);
    supervised_learner_destroy(learner);
    TYPE->destroy(agent);
    task_destroy(task);
}

// With a rate at which the loss goes up and down, the test is that of a run which ends at the best step.
static void the_best_weights_are_tested(void **state) {
    (void)state;
    Task *task = probe((ProbeParams){0});
    SupervisedParams params = tiny;
    params.steps = 60, params.learning_rate = 0.3, params.evaluation_period = 3;
    AgentsLog all = {0}, short_log = {0}, last = {0};
    Agent *agent = agent_of(task, &params, NULL);
    agents_advance(TYPE, agent, params.steps, &all);
    int best = 0;
    for (int i = 0; i < agents_count(&all, "validation/loss"); i++)
        best = agents_value(&all, "validation/loss", i, NULL) < agents_value(&all, "validation/loss", best, NULL) ? i : best;
    int64_t step = -1;
    agents_value(&all, "validation/loss", best, &step);
    assert_true(step > 0 && step < params.steps);
    assert_int_equal(agents_last(&all, "validation/best-step"), step);

    SupervisedParams cut = params;
    cut.steps = (int)step, cut.restore = false;
    Agent *brief = agent_of(task, &cut, NULL);
    agents_advance(TYPE, brief, step, &short_log);
    assert_true(agents_last(&all, "test/loss") == agents_last(&short_log, "test/loss"));
    agents_expect_same_weights(TYPE, agent, brief);

    params.restore = false;
    Agent *kept = agent_of(task, &params, NULL);
    agents_advance(TYPE, kept, params.steps, &last);
    assert_true(agents_last(&all, "test/loss") != agents_last(&last, "test/loss"));
    TYPE->destroy(agent);
    TYPE->destroy(brief);
    TYPE->destroy(kept);
    task_destroy(task);
}

// The recorded rates against the rule, applied to the recorded losses.
static void the_rate_is_halved_when_nothing_improves(void **state) {
    (void)state;
    Task *task = probe((ProbeParams){0});
    SupervisedParams params = tiny;
    params.steps = 200, params.evaluation_period = 2, params.halve_after = 6;
    params.train_samples = 0;
    AgentsLog log = {0}, plain = {0};
    Agent *agent = agent_of(task, &params, NULL);
    agents_advance(TYPE, agent, params.steps, &log);
    double rate = 0.02, best = INFINITY;
    int64_t since = 0;
    int halved = 0, improved = 0;
    for (int i = 0; i < agents_count(&log, "validation/loss"); i++) {
        int64_t step = -1;
        double loss = agents_value(&log, "validation/loss", i, &step);
        assert_true(agents_value(&log, "training/learning-rate", i, NULL) == rate);
        if (loss < best) best = loss, since = step, improved++;
        else if (step - since >= 6) rate /= 2, since = step, halved++;
    }
    if (halved < 2 || improved < 2) fail_msg("halved %d times, improved %d times", halved, improved);
    params.halve_after = 0;
    Agent *other = agent_of(task, &params, NULL);
    agents_advance(TYPE, other, params.steps, &plain);
    assert_true(agents_last(&plain, "training/learning-rate") == 0.02);
    assert_true(agents_last(&plain, "training/loss") !=
                agents_last(&log, "training/loss"));    // it is the optimiser's rate too
    TYPE->destroy(agent);
    TYPE->destroy(other);
    task_destroy(task);
}

static void the_task_is_tested_longer(void **state) {
    (void)state;
    TaskType type = longer_type();
    Task *task = probe((ProbeParams){.classes = true});
    task->type = &type;
    SupervisedParams params = tiny;
    params.lengthen = 3;
    AgentsLog log = {0};
    Agent *agent = agent_of(task, &params, NULL);
    agents_advance(TYPE, agent, params.steps, &log);
    assert_int_equal(agents_count(&log, "lengthened/loss"), 3);
    assert_int_equal(agents_count(&log, "lengthened/accuracy"), 3);
    for (int factor = 1; factor <= 3; factor++) {
        int64_t step = -1;
        Task *longer = probe((ProbeParams){.classes = true, .steps = 4 * factor});
        SupervisedLearner *learner = supervised_learner_create(&longer->spec, TYPE->policy(agent), 5, linalg_portable());
        for (int i = 0; i < 5; i++) task_draw(longer, 7, TASK_TEST, i, supervised_learner_sample(learner, i));
        double expected = supervised_learner_loss(learner, 5, false).loss;
        assert_true(fabs(agents_value(&log, "lengthened/loss", factor - 1, &step) - expected) < 1e-6);
        assert_int_equal(step, factor);
        supervised_learner_destroy(learner);
        task_destroy(longer);
    }
    assert_true(agents_value(&log, "lengthened/loss", 0, NULL) == agents_last(&log, "test/loss"));
    TYPE->destroy(agent);
    task_destroy(task);
}

// ---- warmup --------------------------------------------------------------------------------------------------------------------------

// It looks at inputs only, those that validate too: each once before any comes again.
static void warmup_visits_all_training_sequences(void **state) {
    (void)state;
    Task *task = probe((ProbeParams){0});
    SupervisedParams params = tiny;
    params.evaluation_period = 100;
    WarmupParams warmup = warmup_of(6);
    for (int validating = 0; validating <= 3; validating += 3) {
        params.validation_samples = validating;
        Agent *agent = agent_of(task, &params, &warmup);
        agents_advance(TYPE, agent, 3, NULL);    // a pass of 4, 4 and 3, with the validation at the start
        drawn_count = 0;
        agents_advance(TYPE, agent, 6, NULL);    // and another
        bool seen[11] = {false};
        for (int i = 0; i < drawn_count; i++) {
            assert_true(drawn[i].split == TASK_TRAIN && drawn[i].index < 11);
            seen[drawn[i].index] = true;
        }
        for (int i = 0; i < 11; i++) assert_true(seen[i]);
        TYPE->destroy(agent);
    }
    task_destroy(task);
}

static void warmup_runs_on_the_same_clock(void **state) {
    (void)state;
    Task *task = probe((ProbeParams){0});
    WarmupParams warmup = warmup_of(6);
    AgentsLog log = {0};
    Agent *agent = agent_of(task, &tiny, &warmup);
    int head = network_first_weight(TYPE->policy(agent), 2, 0);
    Matrix value = weights_value(TYPE->policy(agent)->weights, head), first = weights_value(TYPE->policy(agent)->weights, 0);
    float before[4], moved[4];
    memcpy(before, value.data, sizeof before);
    memcpy(moved, matrix_row(first, 0), sizeof moved);
    agents_advance(TYPE, agent, 6, &log);
    assert_memory_equal(before, value.data, sizeof before);    // the head is not moved
    assert_memory_not_equal(moved, matrix_row(first, 0), sizeof moved);
    for (int step = 0; step < 6; step++) {    // and then training begins with its first pass
        int64_t indices[64];
        int count = learned_in_a_step(agent, indices);
        assert_int_equal(count, step % 3 < 2 ? 3 : 2);
    }
    agents_advance(TYPE, agent, tiny.steps, &log);
    assert_int_equal(agents_count(&log, "warmup/loss"), 6);
    assert_int_equal(agents_count(&log, "warmup/vaa-star"), 6);
    for (int i = 0; i < 6; i++) {
        int64_t step = -1;
        double horizon = agents_value(&log, "warmup/horizon", i, &step);
        assert_true(step == i && horizon >= 1 && horizon <= 5);
    }
    assert_int_equal(TYPE->done(agent), 13);
    assert_true(agents_last(&log, "validation/best-step") >= 6);    // weights that were not trained are not remembered
    TYPE->destroy(agent);

    SupervisedParams params = tiny;
    params.steps = 6;    // nothing but warmup
    AgentsLog only = {0};
    agent = agent_of(task, &params, &warmup);
    agents_advance(TYPE, agent, 6, &only);
    assert_int_equal(agents_count(&only, "training/loss"), 0);
    assert_int_equal(agents_last(&only, "validation/best-step"), 6);
    TYPE->destroy(agent);
    task_destroy(task);
}

// ---- the long run --------------------------------------------------------------------------------------------------------------------

// After a pass and a validation the largest demand is met.
static void the_steady_state_does_not_allocate(void **state) {
    (void)state;
#ifdef SANITIZED
    skip();
#endif
    free(memory_alloc(1));
    assert_true(allocations > 0);    // they are counted
    Task *task = probe((ProbeParams){.classes = true});
    SupervisedParams params = tiny;
    params.steps = 100, params.halve_after = 4;
    Agent *agent = agent_of(task, &params, NULL);
    agents_advance(TYPE, agent, 12, NULL);
    long before = allocations;
    agents_advance(TYPE, agent, 99, NULL);
    assert_int_equal(allocations, before);
    TYPE->destroy(agent);
    task_destroy(task);
}

// A sum of up to four numbers is soon learned.
static void it_learns(void **state) {
    (void)state;
    Task *task = probe((ProbeParams){0});
    SupervisedParams params = tiny;
    params.steps = 600, params.batch = 16, params.train_samples = 0, params.validation_samples = 50, params.test_samples = 200;
    params.evaluation_period = 100;
    NetworkParams network = shape;
    network.hidden = 16;
    AgentContext context = context_of(task, &network, NULL);
    AgentsLog log = {0};
    Agent *agent = agents_create(TYPE, &params, &context);
    agents_advance(TYPE, agent, params.steps, &log);
    if (!(agents_last(&log, "test/loss") < 0.02)) fail_msg("test loss %g", agents_last(&log, "test/loss"));
    TYPE->destroy(agent);
    task_destroy(task);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pass_visits_each_sequence_once),         cmocka_unit_test(fresh_sequences_are_never_seen_again),
        cmocka_unit_test(others_see_what_is_learned_from),          cmocka_unit_test(what_is_recorded_and_when),
        cmocka_unit_test(losses_are_means_over_all_sequences),      cmocka_unit_test(the_best_weights_are_tested),
        cmocka_unit_test(the_rate_is_halved_when_nothing_improves), cmocka_unit_test(the_task_is_tested_longer),
        cmocka_unit_test(warmup_visits_all_training_sequences),     cmocka_unit_test(warmup_runs_on_the_same_clock),
        cmocka_unit_test(the_steady_state_does_not_allocate),       cmocka_unit_test(it_learns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
