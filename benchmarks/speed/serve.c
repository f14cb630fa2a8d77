#include "benchmarks/speed/serve.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

double serve_cpu_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

int serve(const char *version, ServePiece piece, void *context) {
    char line[512];
    printf("ready %s\n", version);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        Error error = {0};
        double ms = 0, value = 0;
        line[strcspn(line, "\n")] = '\0';
        if (!piece(context, line, &ms, &value, &error)) {
            fprintf(stderr, "%s\n", error.message);
            return 1;
        }
        printf("%.6f %.9g\n", ms, value);
        fflush(stdout);
    }
    return 0;
}
