#include "benchmarks/speed/contender.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "benchmarks/experiment.h"
#include "benchmarks/speed/speed.h"
#include "core/arena.h"
#include "core/kernels.h"

const char *const contender_held_to_avx2[] = {"ENGRAM_KERNELS=avx2",       "DNNL_MAX_CPU_ISA=AVX2",
                                              "ONEDNN_MAX_CPU_ISA=AVX2",   "ATEN_CPU_CAPABILITY=avx2",
                                              "OPENBLAS_CORETYPE=Haswell", NULL};

static const char python[] = "/usr/bin/python3";    // Debian's, where python3-torch installs to

// Writes the counters of a coverage build; absent from others.
extern void __gcov_dump(void) __attribute__((weak));

void contender_folder(char *folder, size_t size) {
    const char *given = getenv("ENGRAM_CONTENDERS");
    char own[256] = "";
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    char *slash = length > 0 ? strrchr(own, '/') : NULL;
    if (slash) *slash = '\0';
    if (given && *given) {
        snprintf(folder, size, "%s", given);
        return;
    }
    snprintf(folder, size, "%s/benchmarks", own);
    if (access(folder, F_OK) != 0) snprintf(folder, size, "%s/../libexec/engram", own);
}

// ---- the process -------------------------------------------------------------------------------------------------------------------

// What would choose kernels or threads of the contender's libraries: the command alone decides.
static bool steers(const char *variable) {
    static const char *const prefixes[] = {"OPENBLAS_", "GOTO_",   "OMP_",  "GOMP_",  "KMP_",     "MKL_",
                                           "DNNL_",     "ONEDNN_", "ATEN_", "TORCH_", "PYTORCH_", "ENGRAM_KERNELS"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0) return true;
    }
    return false;
}

// One thread. OpenBLAS 0.3.21 goes by the names of processors and takes ones newer than itself for SSE machines: a contender with such
// kernels would be none, so it is told.
static void set_environment(const char *const *environment) {
    char **keep = environ;
    for (char **variable = environ; variable && *variable; variable++) {
        if (!steers(*variable)) *keep++ = *variable;
    }
    if (keep) *keep = NULL;
    setenv("OMP_NUM_THREADS", "1", 1);
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    setenv("OPENBLAS_CORETYPE", kernels_supported(KERNELS_AVX512) ? "SkylakeX" : "Haswell", 1);
    for (; environment && *environment; environment++) putenv(memory_format("%s", *environment));
}

// In the child. An interruption from the keyboard reaches both processes: this one waits for the end of its input instead.
_Noreturn static void become(const ContenderCommand *command, int in, int out) {
    signal(SIGINT, SIG_IGN);
    set_environment(command->environment);
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0) _exit(126);
    if (command->function) {
        close_range(3, ~0U, 0);    // no exec closes the pipes: held open here, another contender's input would never end
        int code = command->function(command->context);
        fflush(NULL);
        if (__gcov_dump) __gcov_dump();
        _exit(code);
    }
    char folder[512], file[640];
    if (command->script) {    // -B: no compiled scripts left behind
        snprintf(file, sizeof file, "%s/benchmarks/speed/%s", experiment_root(), command->script);
        execl(python, python, "-B", file, command->words[0], command->words[0] ? command->words[1] : NULL, (char *)NULL);
    } else {
        contender_folder(folder, sizeof folder);
        snprintf(file, sizeof file, "%s/%s", folder, command->program);
        execl(file, file, command->words[0], command->words[0] ? command->words[1] : NULL, (char *)NULL);
    }
    _exit(127);
}

static bool spawn(Contender *contender, const ContenderCommand *command, Error *error) {
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0) return error_set(error, "cannot make a pipe: %s", strerror(errno));
    if (pipe2(from, O_CLOEXEC) != 0) {
        close(to[0]), close(to[1]);
        return error_set(error, "cannot make a pipe: %s", strerror(errno));
    }
    fflush(NULL);
    contender->process = fork();
    if (contender->process == 0) {
        close(to[1]), close(from[0]);
        become(command, to[0], from[1]);
    }
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

// Whether what the command runs is there; otherwise the version says what is missing.
static bool installed(Contender *contender, const ContenderCommand *command) {
    if (command->function) return true;
    char folder[512], file[640];
    contender_folder(folder, sizeof folder);
    snprintf(file, sizeof file, "%s/%s", folder, command->program ? command->program : "");
    if (access(command->script ? python : file, X_OK) == 0) return true;
    if (command->script) snprintf(contender->version, sizeof contender->version, "no %s", python);
    else snprintf(contender->version, sizeof contender->version, "not built; `make bench` builds it");
    return false;
}

bool contender_start(Contender *contender, const ContenderCommand *command, Error *error) {
    *contender = (Contender){0};
    snprintf(contender->name, sizeof contender->name, "%s", command->name);
    if (!installed(contender, command)) return true;
    signal(SIGPIPE, SIG_IGN);    // a contender that dies shows in contender_ask
    if (!spawn(contender, command, error)) return false;
    char line[256] = "", state[16] = "", text[sizeof contender->version] = "";
    if (!fgets(line, sizeof line, contender->answer) || sscanf(line, "%15s %63[^\n]", state, text) != 2) {
        contender_stop(contender);
        return error_set(error, "%s (%s) does not start: run it by hand to see why", command->name,
                         command->script    ? command->script
                         : command->program ? command->program
                                            : "a process of our own");
    }
    if (strcmp(state, "ready") != 0) contender_stop(contender);
    memcpy(contender->version, text, sizeof text);
    return true;
}

// How it ended, for a message; the process is gone then.
static void describe_end(Contender *contender, char text[64]) {
    int status = 0;
    snprintf(text, 64, "answered something else");
    fclose(contender->ask), fclose(contender->answer);
    if (waitpid(contender->process, &status, 0) == contender->process) {
        if (WIFSIGNALED(status)) snprintf(text, 64, "was ended by signal %d", WTERMSIG(status));
        else snprintf(text, 64, "ended with status %d", WEXITSTATUS(status));
    }
    contender->process = 0;
}

bool contender_ask(Contender *contender, const char *request, double *ms, double *value, Error *error) {
    char line[256] = "", how[64];
    fprintf(contender->ask, "%s\n", request);
    fflush(contender->ask);
    if (fgets(line, sizeof line, contender->answer) && sscanf(line, "%lf %lf", ms, value) == 2) return true;
    describe_end(contender, how);
    return error_set(error, "%s %s at the request '%s'; what it said itself is above", contender->name, how, request);
}

void contender_stop(Contender *contender) {
    if (!contender->process) return;
    fclose(contender->ask);    // the end of its input is its sign to go
    fclose(contender->answer);
    waitpid(contender->process, NULL, 0);
    contender->process = 0;
}
