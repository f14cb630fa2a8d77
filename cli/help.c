#include <stdio.h>
#include <string.h>

#include "benchmarks/drawings/drawings.h"
#include "cli/cli.h"

static int overview(void) {
    puts("engram: a reproducibility benchmark suite for memory in sequence models and reinforcement learning\n\n"
         "  engram VERB ...\n");
    for (size_t i = 0; i < cli_verb_count; i++) {
        const Verb *verb = &cli_verbs[i];
        char left[64];
        snprintf(left, sizeof left, "%s %s", verb->name, verb->arguments);
        printf("  %-24s %s\n", left, verb->summary);
    }
    puts("\n`engram help VERB` explains a verb with an example; `engram --version` names the code revision.\n"
         "Exit codes: 0 fine, 1 a claim failed or a digest differs, 2 bad input, 3 claims undecided, 130 interrupted.");
    return EXIT_FINE;
}

static void describe_views(void) {
    puts("\nViews:");
    for (size_t i = 0; i < view_count; i++) printf("  %-20s %s\n", views[i]->name, views[i]->help);
}

int cli_help(const Options *options) {
    if (options->argument_count == 0) return overview();
    const char *names[64], *wanted = options->arguments[0];
    size_t count = 0;
    for (size_t i = 0; i < cli_verb_count && i < 64; i++) {
        const Verb *verb = &cli_verbs[i];
        names[count++] = verb->name;
        if (strcmp(verb->name, wanted) != 0) continue;
        printf("engram %s%s%s: %s\n\n%s\n", verb->name, verb->arguments[0] ? " " : "", verb->arguments, verb->summary,
               verb->help);
        if (verb->function == cli_figure) describe_views();
        puts("\nOptions:");
        options_describe(verb);
        return EXIT_FINE;
    }
    Error error;
    const char *nearest = error_nearest(wanted, names, count);
    error_set(&error, "unknown verb '%s'%s%s%s; `engram help` lists them", wanted, nearest ? " (did you mean '" : "",
              nearest ? nearest : "", nearest ? "'?)" : "");
    return cli_fail(options, &error);
}
