// Shell commands of tests: their output and how they end.
#pragma once

#include <sys/wait.h>

#include "tests/support.h"

enum { SHELL_OUTPUT = 4096 };

// Runs a shell command with $F set to the folder; its output (both streams) is put into `output`, what does not fit is dropped; its
// exit status is returned, -1 after a signal.
static inline int shell_run(const char *folder, const char *command, char output[SHELL_OUTPUT]) {
    char *line = memory_format("F='%s'; { %s; } 2>&1", folder, command), rest[512];
    FILE *pipe = popen(line, "r");
    free(line);
    assert_non_null(pipe);
    size_t length = fread(output, 1, SHELL_OUTPUT - 1, pipe);
    output[length] = '\0';
    while (fread(rest, 1, sizeof rest, pipe) > 0) continue;    // or the command would wait for a reader
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Whether the shell finds a program of that name.
static inline bool shell_has(const char *program) {
    char output[SHELL_OUTPUT], *command = memory_format("command -v %s", program);
    int status = shell_run("", command, output);
    free(command);
    return status == 0;
}

// Fails the test unless the command ends with `expected`, and shows what it said.
static inline void shell_expect(int expected, const char *folder, const char *command) {
    char output[SHELL_OUTPUT];
    int status = shell_run(folder, command, output);
    if (status == expected) return;
    fprintf(stderr, "%s\n", output);    // longer than a message of cmocka's may be
    fail_msg("%s: exit status %d, expected %d", command, status, expected);
}
