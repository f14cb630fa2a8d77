#include "benchmarks/speed/contender.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "benchmarks/experiment.h"

static const char python[] = "/usr/bin/python3";    // Debian's, where python3-torch installs to

// ---- the file --------------------------------------------------------------------------------------------------------------------

bool exchange_open(Exchange *exchange, Error *error) {
    const char *folder = getenv("TMPDIR");
    *exchange = (Exchange){0};
    snprintf(exchange->path, sizeof exchange->path, "%.200s/engram-bench-XXXXXX", folder && *folder ? folder : "/tmp");
    int descriptor = mkstemp(exchange->path);
    if (descriptor >= 0) exchange->file = fdopen(descriptor, "wb");
    if (exchange->file) return true;
    return error_set(error, "%s: cannot make a temporary file: %s", exchange->path, strerror(errno));
}

void exchange_put(Exchange *exchange, const char *name, Matrix values) {
    assert((values.type == DTYPE_F32 || values.type == DTYPE_I32) && values.stride == values.cols);
    fprintf(exchange->file, "%s %s %d %d\n", name, values.type == DTYPE_F32 ? "f4" : "i4", values.rows, values.cols);
    fwrite(values.data, 4, (size_t)values.rows * (size_t)values.cols, exchange->file);
}

void exchange_put_weights(Exchange *exchange, const char *prefix, const Weights *weights) {
    for (int i = 0; i < weights_count(weights); i++) {
        char name[96];
        snprintf(name, sizeof name, "%s%s", prefix, weights_name(weights, i));
        exchange_put(exchange, name, weights_value(weights, i));
    }
}

bool exchange_finish(Exchange *exchange, Error *error) {
    bool bad = ferror(exchange->file) != 0;
    bad |= fclose(exchange->file) != 0;
    exchange->file = NULL;
    return !bad || error_set(error, "%s: cannot write: %s", exchange->path, strerror(errno));
}

void exchange_remove(Exchange *exchange) {
    if (exchange->file) fclose(exchange->file);
    if (exchange->path[0]) remove(exchange->path);
    *exchange = (Exchange){0};
}

// ---- the process -------------------------------------------------------------------------------------------------------------------

// In the child: one thread, and no compiled scripts left behind.
static void become(const char *script, const char *path, const char *word, int in, int out) {
    char file[512];
    snprintf(file, sizeof file, "%s/benchmarks/speed/%s", experiment_root(), script);
    setenv("OMP_NUM_THREADS", "1", 1);
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0) _exit(126);
    execl(python, python, "-B", file, path, word, (char *)NULL);
    _exit(127);
}

static bool spawn(Contender *contender, const char *script, const char *path, const char *word, Error *error) {
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0) return error_set(error, "cannot make a pipe: %s", strerror(errno));
    if (pipe2(from, O_CLOEXEC) != 0) {
        close(to[0]), close(to[1]);
        return error_set(error, "cannot make a pipe: %s", strerror(errno));
    }
    fflush(NULL);
    contender->process = fork();
    if (contender->process == 0) become(script, path, word, to[0], from[1]);
    close(to[0]), close(from[1]);
    if (contender->process < 0) {
        contender->process = 0;
        close(to[1]), close(from[0]);
        return error_set(error, "cannot start a process: %s", strerror(errno));
    }
    contender->ask = fdopen(to[1], "w");
    contender->answer = fdopen(from[0], "r");
    return true;
}

bool contender_start(Contender *contender, const char *script, const char *path, const char *word, Error *error) {
    *contender = (Contender){0};
    if (access(python, X_OK) != 0) {
        snprintf(contender->version, sizeof contender->version, "no %s", python);
        return true;
    }
    signal(SIGPIPE, SIG_IGN);    // a contender that dies shows in contender_ask
    if (!spawn(contender, script, path, word, error)) return false;
    char line[256] = "", state[16] = "", text[sizeof contender->version] = "";
    if (!fgets(line, sizeof line, contender->answer) || sscanf(line, "%15s %63[^\n]", state, text) != 2) {
        contender_stop(contender);
        return error_set(error, "%s does not start: run it by hand to see why", script);
    }
    if (strcmp(state, "ready") != 0) contender_stop(contender);
    memcpy(contender->version, text, sizeof text);
    return true;
}

bool contender_ask(Contender *contender, const char *request, double *ms, double *loss, Error *error) {
    char line[256] = "";
    fprintf(contender->ask, "%s\n", request);
    fflush(contender->ask);
    if (fgets(line, sizeof line, contender->answer) && sscanf(line, "%lf %lf", ms, loss) == 2) return true;
    return error_set(error, "the contender ended or did not answer '%s' (its own message is above)", request);
}

void contender_stop(Contender *contender) {
    if (!contender->process) return;
    fclose(contender->ask);    // the end of its input is its sign to go
    fclose(contender->answer);
    waitpid(contender->process, NULL, 0);
    contender->process = 0;
}
