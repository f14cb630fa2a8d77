#include "envs/replay.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

typedef struct Replay {
    const Env *env;
    const CsvTable *table;
    const ReplayOptions *options;
    FILE *out;
    Rng rng;    // for filters that sample: a fixed stream, so that a file always replays alike
    int action_column;
    int *columns;            // of the observation
    int column_count;        // as many as the observation has numbers, or observation_size
    const int *choices;      // [column_count] of a one-hot vector given by its index; NULL: the columns are the observation
    float *observation;      // observation_size
    void *belief, *trial;    // belief_bytes each
    float *numbers;          // a belief vector or a privileged state
    float *written;          // what is written of the belief: written_size
    int written_size;
} Replay;

// ---- reading --------------------------------------------------------------------------------------------------------

static bool find_columns(Replay *replay, Error *error) {
    const EnvSpec *spec = &replay->env->spec;
    if (!csv_require(replay->table, "action", &replay->action_column, error)) return false;
    const bool alone = spec->observation_one_hot || spec->observation_size == 1;
    int single = csv_column(replay->table, "obs");
    if (single >= 0 && alone) {
        replay->choices = spec->observation_one_hot ? &spec->observation_size : NULL;
        replay->columns[0] = single;
        replay->column_count = 1;
        return true;
    }
    replay->choices = spec->observation_numbers > 0 ? spec->observation_choices : NULL;
    replay->column_count = replay->choices ? spec->observation_numbers : spec->observation_size;
    if (csv_column(replay->table, "obs_0") < 0) {
        return error_set(error, "%s:1: no observation in the header; %s%s_0\"..\"obs_%d\" would be accepted",
                         csv_path(replay->table), alone ? "a column \"obs\", or columns " : "columns ", "\"obs",
                         replay->column_count - 1);
    }
    char name[32];
    for (int i = 0; i < replay->column_count; i++) {
        snprintf(name, sizeof name, "obs_%d", i);
        if (!csv_require(replay->table, name, &replay->columns[i], error)) return false;
    }
    snprintf(name, sizeof name, "obs_%d", replay->column_count);
    // Who wrote a one-hot vector in full would be misunderstood.
    if (replay->choices && csv_column(replay->table, name) >= 0) {
        return error_set(
            error, "%s:1: found column \"%s\", but an observation is %d whole numbers: \"obs_0\"..\"obs_%d\" would be accepted",
            csv_path(replay->table), name, replay->column_count, replay->column_count - 1);
    }
    return true;
}

// Whole numbers, each to its one-hot vector.
static bool read_indices(Replay *replay, size_t row, Error *error) {
    float *out = replay->observation;
    for (int i = 0; i < replay->column_count; i++) {
        long index;
        if (!csv_integer(replay->table, row, replay->columns[i], 0, replay->choices[i] - 1, &index, error)) return false;
        for (int k = 0; k < replay->choices[i]; k++) *out++ = (float)(k == index);
    }
    return true;
}

static bool read_observation(Replay *replay, size_t row, Error *error) {
    const CsvTable *table = replay->table;
    const int size = replay->env->spec.observation_size;
    if (replay->choices) return read_indices(replay, row, error);
    for (int i = 0; i < size; i++) {
        double value;
        if (!csv_number(table, row, replay->columns[i], &value, error)) return false;
        if (fabs(value) > FLT_MAX) {
            return error_set(error, "%s:%zu: %s is \"%s\"; a number of at most %g would be accepted", csv_path(table),
                             csv_line(table, row), csv_name(table, replay->columns[i]),
                             csv_text(table, row, replay->columns[i]), FLT_MAX);
        }
        replay->observation[i] = (float)value;
    }
    return true;
}

// ---- the filter -----------------------------------------------------------------------------------------------------

static bool advance(Replay *replay, void *belief, long action) {
    const EnvType *type = replay->env->type;
    const void *model = replay->env->model;
    if (action < 0) return type->belief_reset(model, belief, replay->observation, &replay->rng);
    return type->belief_update(model, belief, (int)action, replay->observation, &replay->rng);
}

// "; 0, 2 would be accepted": the one-hot observations that are possible at this point.
static void list_possible(Replay *replay, long action, char *text, size_t size) {
    const EnvSpec *spec = &replay->env->spec;
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; spec->observation_one_hot && i < spec->observation_size && used < size; i++) {
        for (int j = 0; j < spec->observation_size; j++) replay->observation[j] = (float)(i == j);
        memcpy(replay->trial, replay->belief, spec->belief_bytes);
        if (!advance(replay, replay->trial, action)) continue;
        used += (size_t)snprintf(text + used, size - used, "%s%d", used ? ", " : "; obs ", i);
    }
    if (used && used < size) snprintf(text + used, size - used, " would be accepted");
}

static bool impossible(Replay *replay, size_t row, long action, Error *error) {
    char possible[256], after[48] = "at the start of an episode";
    if (action >= 0) snprintf(after, sizeof after, "after action %ld", action);
    list_possible(replay, action, possible, sizeof possible);
    const char *one = replay->column_count == 1 ? csv_text(replay->table, row, replay->columns[0]) : "";
    return error_set(error, "%s:%zu: the observation%s%s has probability zero %s%s", csv_path(replay->table),
                     csv_line(replay->table, row), *one ? " " : "", one, after, possible);
}

// ---- writing --------------------------------------------------------------------------------------------------------

static void write_header(const Replay *replay) {
    const EnvSpec *spec = &replay->env->spec;
    fputs("episode,t,action", replay->out);
    for (int i = 0; i < replay->column_count; i++) fprintf(replay->out, ",%s", csv_name(replay->table, replay->columns[i]));
    for (int i = 0; i < replay->written_size; i++) fprintf(replay->out, ",belief_%d", i);
    for (int i = 0; replay->options->privileged && i < spec->privileged_size; i++) {
        char text[ENV_NAME_SIZE];
        fprintf(replay->out, ",%s", env_privileged_name(replay->env, i, text));
    }
    fputc('\n', replay->out);
}

static void write_numbers(const Replay *replay, const float *numbers, int count) {
    for (int i = 0; i < count; i++) {
        fputc(',', replay->out);
        if (!isnan(numbers[i])) fprintf(replay->out, "%.9g", (double)numbers[i]);
    }
}

// Sets are written as their summaries unless every particle is asked for; vectors as they are.
static bool is_summarised(const BeliefPart *part, const ReplayOptions *options) {
    return part->kind == BELIEF_PARTICLES && !options->particles;
}

static int written_size(const EnvSpec *spec, const ReplayOptions *options) {
    int size = 0;
    for (int i = 0; i < spec->belief_parts; i++) {
        const BeliefPart *part = &spec->belief[i];
        size += is_summarised(part, options) ? belief_summary_size(part) : belief_part_size(part);
    }
    return size;
}

static void write_belief(const Replay *replay) {
    const EnvSpec *spec = &replay->env->spec;
    const float *from = replay->numbers;
    replay->env->type->belief_vector(replay->env->model, replay->belief, replay->numbers);
    for (int i = 0; i < spec->belief_parts; i++) {
        const BeliefPart *part = &spec->belief[i];
        if (is_summarised(part, replay->options)) {
            belief_summary(part, from, replay->written);
            write_numbers(replay, replay->written, belief_summary_size(part));
        } else {
            write_numbers(replay, from, belief_part_size(part));
        }
        from += belief_part_size(part);
    }
}

static void write_row(const Replay *replay, size_t row, long episode, long t) {
    const EnvType *type = replay->env->type;
    const EnvSpec *spec = &replay->env->spec;
    fprintf(replay->out, "%ld,%ld,", episode, t);
    csv_write_text(replay->out, csv_text(replay->table, row, replay->action_column));
    for (int i = 0; i < replay->column_count; i++) {
        fputc(',', replay->out);
        csv_write_text(replay->out, csv_text(replay->table, row, replay->columns[i]));
    }
    if (spec->belief_size) write_belief(replay);
    if (replay->options->privileged) {
        for (int i = 0; i < spec->privileged_size; i++) replay->numbers[i] = NAN;
        if (spec->belief_size && type->belief_privileged)
            type->belief_privileged(replay->env->model, replay->belief, replay->numbers);
        write_numbers(replay, replay->numbers, spec->privileged_size);
    }
    fputc('\n', replay->out);
}

// ---- the loop -------------------------------------------------------------------------------------------------------

static bool replay_rows(Replay *replay, Error *error) {
    const EnvSpec *spec = &replay->env->spec;
    const CsvTable *table = replay->table;
    long episode = -1, t = 0;
    for (size_t row = 0; row < csv_rows(table); row++, t++) {
        long action;
        if (!csv_integer(table, row, replay->action_column, -1, spec->action_count - 1, &action, error)) return false;
        if (!read_observation(replay, row, error)) return false;
        if (action < 0) {
            episode++, t = 0;
        } else if (episode < 0) {
            return error_set(error, "%s:%zu: action is \"%ld\" in the first row; an episode begins with action -1",
                             csv_path(table), csv_line(table, row), action);
        }
        if (spec->belief_size && !advance(replay, replay->belief, action)) return impossible(replay, row, action, error);
        write_row(replay, row, episode, t);
    }
    return true;
}

bool replay_table(const Env *env, const CsvTable *table, const ReplayOptions *options, FILE *out, Error *error) {
    const EnvSpec *spec = &env->spec;
    int widest = spec->belief_size > spec->privileged_size ? spec->belief_size : spec->privileged_size;
    Replay replay = {
        .env = env,
        .table = table,
        .options = options,
        .out = out,
        .rng = rng_stream(0, RNG_HISTORIES_OBSERVER, 0),
        .columns = memory_zeroed((size_t)spec->observation_size, sizeof(int)),
        .observation = memory_zeroed((size_t)spec->observation_size, sizeof(float)),
        .belief = memory_zeroed(1, spec->belief_bytes + 1),
        .trial = memory_zeroed(1, spec->belief_bytes + 1),
        .numbers = memory_zeroed((size_t)widest + 1, sizeof(float)),
        .written_size = written_size(spec, options),
        .written = memory_zeroed((size_t)written_size(spec, options) + 1, sizeof(float)),
    };
    bool done = false;
    if (csv_rows(table) == 0) {
        error_set(error, "%s: no rows after the header; the first one begins an episode with action -1", csv_path(table));
    } else if (find_columns(&replay, error)) {
        write_header(&replay);
        done = replay_rows(&replay, error);
        if (fflush(out) != 0 || ferror(out)) done = error_set(error, "the replay cannot be written: %s", strerror(errno));
    }
    free(replay.columns);
    free(replay.observation);
    free(replay.belief);
    free(replay.trial);
    free(replay.numbers);
    free(replay.written);
    return done;
}

bool replay_file(const Env *env, const char *path, const ReplayOptions *options, FILE *out, Error *error) {
    CsvTable *table = csv_read(path, error);
    if (!table) return false;
    bool done = replay_table(env, table, options, out, error);
    csv_destroy(table);
    return done;
}
