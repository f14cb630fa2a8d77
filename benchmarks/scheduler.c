#include "benchmarks/scheduler.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"

enum {
    TICK_MILLISECONDS = 200,
    PLAIN_SECONDS = 5,     // between two plain lines
    LOCK_PATIENCE = 20,    // ticks to wait for a run that another process seems to be leaving just now
    PROBE_BYTES = 64 * 1024,
    OUTCOME_NONE = -1,    // the worker has said nothing yet
};

// What a worker and its parent share: one page-backed record per run, written by the worker except for `stop`.
typedef struct Slot {
    _Atomic int64_t first, done, budget;    // units: at the beginning, now, in all; budget 0: not begun
    volatile int stop;
    int outcome;    // of type RunOutcome
    char message[sizeof((Error *)0)->message];
} Slot;

typedef struct Job {
    const SweepRun *run;
    bool reset;       // to be done again from its beginning
    pid_t process;    // 0: not running
    bool over;
    Slot *slot;
} Job;

typedef struct Schedule {
    const ScheduleOptions *options;
    const ScheduleWork *work;
    ScheduleReport *report;
    size_t run_count;    // all runs, also those that there is nothing to do for
    size_t job_count, next, running;
    Job *jobs;
    Slot *slots;              // shared memory
    int signals;              // SIGINT and SIGTERM received
    bool halted;              // no new runs: interrupted, or nothing can be written any more
    double begin, printed;    // clock readings
    bool line;                // a status line stands on the terminal
} Schedule;

const ScheduleWork schedule_training = {run_status, run_reset, run_execute, "run", "training", "unit of training"};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

// ---- saying what happens --------------------------------------------------------------------------------------------

void schedule_duration(double seconds, char *text, size_t size) {
    long whole = lround(fmax(seconds, 0));
    if (whole < 60) snprintf(text, size, "%ld s", whole);
    else if (whole < 3600) snprintf(text, size, "%ld min %02ld s", whole / 60, whole % 60);
    else snprintf(text, size, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
}

static void say(Schedule *schedule, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(Schedule *schedule, const char *format, ...) {
    FILE *out = schedule->options->out;
    if (!out) return;
    if (schedule->line) fputs("\r\033[K", out);
    schedule->line = false;
    va_list arguments;
    va_start(arguments, format);
    vfprintf(out, format, arguments);
    va_end(arguments);
    fputc('\n', out);
    fflush(out);
    schedule->printed = now();
}

// Seconds left, from the share of the work that was done since the beginning; negative: nothing is known yet. A run
// counts as one, whatever its length: runs of one experiment are alike.
static double time_left(const Schedule *schedule, double *share_running) {
    double done = 0, left = 0, running = 0;
    for (size_t i = 0; i < schedule->job_count; i++) {
        const Slot *slot = schedule->jobs[i].slot;
        double budget = (double)atomic_load(&slot->budget), share = 0, begun = 0;
        if (budget > 0) {
            share = (double)atomic_load(&slot->done) / budget;
            begun = (double)atomic_load(&slot->first) / budget;
        }
        done += share - begun;
        if (schedule->jobs[i].process) running += share;
        if (!schedule->jobs[i].over) left += 1 - share;
    }
    *share_running = schedule->running ? running / (double)schedule->running : 0;
    return done > 0 ? (now() - schedule->begin) * left / done : -1;
}

static void progress_text(const Schedule *schedule, char *text, size_t size) {
    const ScheduleReport *report = schedule->report;
    double share, left = time_left(schedule, &share);
    char duration[32] = "unknown", failures[64] = "", running[64] = "";
    if (left >= 0) schedule_duration(left, duration, sizeof duration);
    if (report->failed + report->refused) snprintf(failures, sizeof failures, ", %zu failed", report->failed + report->refused);
    if (schedule->running) snprintf(running, sizeof running, ", %zu running (%.0f %%)", schedule->running, 100 * share);
    snprintf(text, size, "%zu of %zu runs done%s%s, time left: %s", report->finished + report->skipped + report->stale,
             schedule->run_count, running, failures, duration);
}

static void show_progress(Schedule *schedule) {
    FILE *out = schedule->options->out;
    char text[256];
    if (!out || (!schedule->options->terminal && now() - schedule->printed < PLAIN_SECONDS)) return;
    progress_text(schedule, text, sizeof text);
    if (schedule->options->terminal) {
        struct winsize window = {0};
        int width = ioctl(fileno(out), TIOCGWINSZ, &window) == 0 && window.ws_col > 1 ? window.ws_col - 1 : 79;
        fprintf(out, "\r\033[K%.*s", width, text);
        schedule->line = true;
        fflush(out);
    } else {
        say(schedule, "%s", text);
    }
}

static void show_finished(Schedule *schedule, const char *name) {
    char text[256];
    if (schedule->options->terminal || !schedule->options->out) return;
    progress_text(schedule, text, sizeof text);
    say(schedule, "done: %s; %s", name, text);
}

// ---- the results directory ------------------------------------------------------------------------------------------

static bool make_folder(const char *path, Error *error) {
    if (mkdir(path, 0777) == 0 || errno == EEXIST) return true;
    return error_set(error, "the results directory '%s' cannot be created: %s", path, strerror(errno));
}

static bool make_folders(const char *path, Error *error) {
    char *partial = memory_format("%s", path);
    bool good = true;
    for (char *slash = strchr(partial + 1, '/'); good && slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        good = make_folder(partial, error);
        *slash = '/';
    }
    good = good && make_folder(partial, error);
    free(partial);
    return good;
}

static bool write_probe(const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) return false;
    char *bytes = memory_zeroed(1, PROBE_BYTES);
    ssize_t written = write(file, bytes, PROBE_BYTES);
    free(bytes);
    if (written >= 0 && written < PROBE_BYTES) errno = ENOSPC;
    bool good = written == PROBE_BYTES && fsync(file) == 0;
    int reason = errno;
    close(file);
    unlink(path);
    errno = reason;
    return good;
}

// Makes <results>/runs and writes a small file there: full disks and missing permissions show before hours of training do.
static bool check_results(const char *results, Error *error) {
    char *folder = memory_format("%s/runs", results);
    char *probe = memory_format("%s/.probe-%ld", folder, (long)getpid());
    bool good = make_folders(folder, error);
    if (good && !write_probe(probe)) {
        good = error_set(error, "the results directory '%s' cannot be written: %s; --results names another one", folder,
                         strerror(errno));
    }
    free(probe);
    free(folder);
    return good;
}

// ---- workers --------------------------------------------------------------------------------------------------------

static void worker_progress(void *context, int64_t done, int64_t budget) {
    Slot *slot = context;
    if (atomic_load(&slot->budget) == 0) atomic_store(&slot->first, done);
    atomic_store(&slot->done, done);
    atomic_store(&slot->budget, budget);
    sigset_t pending;    // SIGTERM is blocked: it asks for a checkpoint, whoever sent it
    if (sigpending(&pending) == 0 && sigismember(&pending, SIGTERM) == 1) slot->stop = 1;
}

// The child: never returns. It dies with its parent; what it has sealed is resumed by the next one.
static void worker(const Job *job, const ScheduleWork *work, const char *results, pid_t parent) __attribute__((noreturn));
static void worker(const Job *job, const ScheduleWork *work, const char *results, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(EXIT_FAILURE);
    Slot *slot = job->slot;
    assert(slot);
    Error error = {0};
    RunHooks hooks = {&slot->stop, worker_progress, slot};
    int outcome = RUN_REFUSED;
    if (!job->reset || work->reset(results, job->run, &error)) outcome = (int)work->execute(results, job->run, &hooks, &error);
    memcpy(slot->message, error.message, sizeof slot->message);
    slot->outcome = outcome;
    _exit(EXIT_SUCCESS);    // not exit: the parent's buffers and handlers are not ours
}

static bool start_next(Schedule *schedule, Error *error) {
    Job *job = &schedule->jobs[schedule->next];
    pid_t parent = getpid();
    fflush(NULL);
    pid_t process = fork();
    if (process < 0) return error_set(error, "a worker process cannot be started: %s", strerror(errno));
    if (process == 0) worker(job, schedule->work, schedule->options->results, parent);
    job->process = process;
    schedule->next++;
    schedule->running++;
    return true;
}

// After a refusal: when nothing can be written at all, the remaining runs are not begun.
static void check_refusal(Schedule *schedule) {
    Error error;
    if (schedule->halted || check_results(schedule->options->results, &error)) return;
    schedule->halted = true;
    say(schedule, "no more runs are begun: %s", error.message);
}

static void job_ended(Schedule *schedule, Job *job, int status) {
    ScheduleReport *report = schedule->report;
    const char *name = job->run->name;
    job->process = 0;
    job->over = true;
    schedule->running--;
    if (WIFSIGNALED(status)) {
        if (schedule->signals) {
            report->left++;
            return;
        }
        report->refused++;
        int number = WTERMSIG(status);
        say(schedule, "killed: %s by signal %d (%s)%s; the next `%s` resumes it", name, number, strsignal(number),
            number == SIGKILL ? ", perhaps for lack of memory: fewer --jobs need less" : "", schedule->work->verb);
        return;
    }
    assert(job->slot);
    switch (job->slot->outcome) {
    case RUN_FINISHED:
        report->finished++;
        show_finished(schedule, name);
        return;
    case RUN_STOPPED: report->left++; return;
    case RUN_BROKEN:
        report->failed++;
        say(schedule, "failed: %s at %s", name, job->slot->message);
        return;
    case RUN_REFUSED:
        report->refused++;
        say(schedule, "not done: %s: %s", name, job->slot->message);
        check_refusal(schedule);
        return;
    default:
        report->refused++;
        say(schedule, "not done: %s: its process ended with exit code %d without a word", name, WEXITSTATUS(status));
    }
}

static void reap(Schedule *schedule) {
    for (size_t i = 0; i < schedule->next; i++) {
        Job *job = &schedule->jobs[i];
        int status;
        if (!job->process || waitpid(job->process, &status, WNOHANG) != job->process) continue;
        job_ended(schedule, job, status);
    }
}

// Nothing new is begun, and what runs seals a checkpoint after its current unit.
static void halt(Schedule *schedule) {
    schedule->halted = true;
    assert(schedule->slots);    // there is one for each job
    for (size_t i = 0; i < schedule->next; i++) schedule->jobs[i].slot->stop = 1;
}

static void expire(Schedule *schedule) {
    schedule->report->expired = true;
    say(schedule, "time is up: stopping after the current %s", schedule->work->unit);
    halt(schedule);
}

static void interrupt(Schedule *schedule) {
    schedule->signals++;
    halt(schedule);
    if (schedule->signals == 1) say(schedule, "stopping after the current %s; once more stops at once", schedule->work->unit);
    for (size_t i = 0; i < schedule->next; i++) {
        if (schedule->signals > 1 && schedule->jobs[i].process) kill(schedule->jobs[i].process, SIGKILL);
    }
}

// ---- the plan -------------------------------------------------------------------------------------------------------

// A parent that was killed just now may still have a dying worker: its lock vanishes in a moment.
static RunStatus patient_status(const ScheduleWork *work, const char *results, const SweepRun *run, char *detail, size_t size) {
    RunStatus status = work->status(results, run, detail, size);
    for (int i = 0; i < LOCK_PATIENCE && status == RUN_RUNNING; i++) {
        nanosleep(&(struct timespec){.tv_nsec = TICK_MILLISECONDS / 2 * 1000000L}, NULL);
        status = work->status(results, run, detail, size);
    }
    return status;
}

static void plan_run(Schedule *schedule, const SweepRun *run) {
    const ScheduleOptions *options = schedule->options;
    ScheduleReport *report = schedule->report;
    Job job = {.run = run};
    char detail[sizeof((Error *)0)->message];
    switch (patient_status(schedule->work, options->results, run, detail, sizeof detail)) {
    case RUN_DONE: report->skipped++; return;
    case RUN_STALE:
        if (!options->redo_stale) {
            report->stale++;
            return;
        }
        job.reset = true;
        break;
    case RUN_FAILED:
        if (!options->retry_failed) {
            report->failed++;
            say(schedule, "failed before: %s at %s; --retry-failed tries again", run->name, detail);
            return;
        }
        job.reset = true;
        break;
    case RUN_RUNNING:
        report->refused++;
        say(schedule, "not done: %s: another process is %s it", run->name, schedule->work->doing);
        return;
    case RUN_UNREADABLE:
        report->refused++;
        say(schedule, "not done: %s: %s; remove the file to do it again", run->name, detail);
        return;
    case RUN_MISSING:
    case RUN_INTERRUPTED:
    case RUN_STATUS_COUNT: break;
    }
    schedule->jobs[schedule->job_count++] = job;
}

static bool make_slots(Schedule *schedule, Error *error) {
    size_t count = schedule->job_count ? schedule->job_count : 1;
    void *memory = mmap(NULL, count * sizeof(Slot), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return error_set(error, "no memory to share with the workers: %s", strerror(errno));
    schedule->slots = memory;
    for (size_t i = 0; i < schedule->job_count; i++) {
        schedule->slots[i].outcome = OUTCOME_NONE;
        schedule->jobs[i].slot = &schedule->slots[i];
    }
    return true;
}

static bool work_off(Schedule *schedule, const sigset_t *signals, Error *error) {
    bool good = true;
    for (;;) {
        while (good && !schedule->halted && schedule->next < schedule->job_count &&
               schedule->running < (size_t)schedule->options->jobs) {
            good = start_next(schedule, error);
        }
        if (schedule->running == 0) return good;
        int received = sigtimedwait(signals, NULL, &(struct timespec){.tv_nsec = TICK_MILLISECONDS * 1000000L});
        if (received == SIGINT || received == SIGTERM) interrupt(schedule);
        double limit = schedule->options->limit;
        if (limit > 0 && !schedule->halted && now() - schedule->begin > limit) expire(schedule);
        reap(schedule);
        if (schedule->running) show_progress(schedule);
    }
}

bool schedule_runs(const SweepRun *const *runs, size_t count, const ScheduleOptions *options, ScheduleReport *report,
                   Error *error) {
    assert(options->jobs >= 1);
    *report = (ScheduleReport){0};
    if (!check_results(options->results, error)) return false;
    Schedule schedule = {.options = options, .report = report, .run_count = count, .begin = now()};
    schedule.work = options->work ? options->work : &schedule_training;
    schedule.jobs = memory_zeroed(count, sizeof *schedule.jobs);
    for (size_t i = 0; i < count; i++) plan_run(&schedule, runs[i]);

    // Blocked signals wait for sigtimedwait: no handler, no global variable. Workers inherit the mask and look at
    // their `stop`.
    sigset_t signals, before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, &before);
    schedule.begin = schedule.printed = now();
    bool good = make_slots(&schedule, error) && work_off(&schedule, &signals, error);
    sigprocmask(SIG_SETMASK, &before, NULL);

    if (schedule.line) fputs("\r\033[K", options->out);
    report->interrupted = schedule.signals > 0;
    report->left += schedule.job_count - schedule.next;
    if (schedule.slots) munmap(schedule.slots, (schedule.job_count ? schedule.job_count : 1) * sizeof(Slot));
    free(schedule.jobs);
    return good;
}
