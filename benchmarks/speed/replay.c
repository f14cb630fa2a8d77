#include "benchmarks/speed/replay.h"

#include <stdlib.h>

#include "benchmarks/experiment.h"
#include "core/arena.h"
#include "core/csv.h"
#include "envs/tmaze.h"

typedef struct Columns {
    int action, observation, reward, terminal;
} Columns;

// One row; *transitions counts those that were added.
static bool add_row(const CsvTable *table, const Columns *columns, size_t row, ReplayBuffer *replay, int *transitions,
                    Error *error) {
    long action, sight, terminal;
    double reward;
    float observation[TMAZE_OBSERVATIONS] = {0};
    if (!csv_integer(table, row, columns->action, -1, TMAZE_ACTIONS - 1, &action, error) ||
        !csv_integer(table, row, columns->observation, 0, TMAZE_OBSERVATIONS - 1, &sight, error) ||
        !csv_number(table, row, columns->reward, &reward, error) ||
        !csv_integer(table, row, columns->terminal, 0, 1, &terminal, error)) {
        return false;
    }
    if (row == 0 && action != -1) {
        return error_set(error, "%s:%zu: an episode begins with action -1, found %ld", csv_path(table), csv_line(table, row),
                         action);
    }
    observation[sight] = 1;
    if (action == -1) {
        buffer_begin(replay, observation);
    } else {
        buffer_step(replay, (int)action, reward, terminal != 0, observation);
        ++*transitions;
    }
    return true;
}

bool speed_replay_read(int length, int transitions, ReplayBuffer *replay, Error *error) {
    char *path = memory_format("%s/benchmarks/speed/replay/tmaze-%d.csv", experiment_root(), length);
    CsvTable *table = csv_read(path, error);
    Columns columns;
    int added = 0;
    bool good = table && csv_require(table, "action", &columns.action, error) &&
                csv_require(table, "obs", &columns.observation, error) &&
                csv_require(table, "reward", &columns.reward, error) &&
                csv_require(table, "terminal", &columns.terminal, error);
    for (size_t row = 0; good && added < transitions && row < csv_rows(table); row++) {
        good = add_row(table, &columns, row, replay, &added, error);
    }
    if (good && added < transitions) good = error_set(error, "%s: found %d transitions, expected %d", path, added, transitions);
    csv_destroy(table);
    free(path);
    return good;
}
