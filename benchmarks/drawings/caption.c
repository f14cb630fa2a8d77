#include "benchmarks/drawings/caption.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "figures/palette.h"

const char *cell_label(const char *name) {
    return palette_knows(name) ? palette[palette_index(name, 0)].label : name;
}

static char *joined(char *left, const char *separator, char *right) {
    char *text = memory_format("%s%s%s", left, *left ? separator : "", right);
    free(left);
    free(right);
    return text;
}

typedef struct Seeds {
    size_t fewest, most;    // of a cell in a panel
} Seeds;

static size_t seeds_of(const Cell *cell, bool failed_too) {
    return cell->run_count + (failed_too ? cell->failed_count : 0);
}

static Seeds count_seeds(const Panel *panels, size_t count, bool failed_too) {
    Seeds seeds = {SIZE_MAX, 0};
    for (size_t k = 0; k < count; k++) {
        for (size_t i = 0; i < panels[k].cell_count; i++) {
            size_t here = seeds_of(&panels[k].cells[i], failed_too);
            if (here < seeds.fewest) seeds.fewest = here;
            if (here > seeds.most) seeds.most = here;
        }
    }
    return seeds;
}

// "10 seeds per cell", or each cell's number where they differ; with several panels "3 to 10 seeds per cell and task".
char *caption_seeds(const Panel *panels, size_t count, bool failed_too) {
    Seeds seeds = count_seeds(panels, count, failed_too);
    const char *where = count > 1 ? " and task" : "";
    if (seeds.fewest == seeds.most)
        return memory_format("%zu seed%s per cell%s", seeds.most, seeds.most == 1 ? "" : "s", where);
    if (count > 1) return memory_format("%zu to %zu seeds per cell and task", seeds.fewest, seeds.most);
    char *list = memory_format("%s", "");
    for (size_t i = 0; i < panels->cell_count; i++) {
        const Cell *cell = &panels->cells[i];
        list = joined(list, ", ", memory_format("%s %zu", cell_label(cell->name), seeds_of(cell, failed_too)));
    }
    char *text = memory_format("the seeds of each cell (%s)", list);
    free(list);
    return text;
}

// "Title (name, ci-scale analogue of the experiment at paper scale): note."
static char *head(const Experiment *experiment, const char *rest) {
    bool note = experiment->scale_note && *experiment->scale_note;
    return memory_format("%s (%s%s%s): %s%s%s%s.", experiment->title, experiment->name, *rest ? ", " : "", rest,
                         scale_names[experiment->scale],
                         experiment->scaled_down ? "-scale analogue of the experiment at paper scale" : " scale",
                         note ? ": " : "", note ? experiment->scale_note : "");
}

char *caption_text(const Panel *panels, size_t count, const char *shown, const char *policy) {
    const Gathering *gathering = panels->gathering;
    size_t runs = 0, failed = 0, finished = 0;
    for (size_t k = 0; k < count; k++) {
        runs += panels[k].runs;
        failed += panels[k].failed;
        for (size_t i = 0; i < panels[k].cell_count; i++) finished += panels[k].cells[i].run_count;
    }
    size_t missing = runs - failed - finished;
    char *partial = missing ? memory_format("; %zu not finished and left out", missing) : memory_format("%s", "");
    char *from = head(gathering->experiment, count == 1 ? panels->rest : ""), *revision = gather_revision(gathering);
    bool told = failed && policy;
    char *text = memory_format("%s %s %zu of %zu runs broke down in training%s%s%s. Code revision %s%s.", from, shown, failed,
                               runs, told ? ": " : "", told ? policy : "", partial, revision,
                               gathering->stale ? ", not that of the program that drew this" : "");
    free(from);
    free(revision);
    free(partial);
    return text;
}

char *caption_curves(const Panel *panels, size_t count, const char *specifics, const char *policy) {
    char *seeds = caption_seeds(panels, count, policy != NULL);
    char *shown =
        memory_format("Lines: means over %s; bands: 95 %% intervals over seeds (percentile bootstrap, %d replicates, "
                      "pointwise%s). %s",
                      seeds, CURVE_REPLICATES,
                      count_seeds(panels, count, policy != NULL).fewest < 10 ? "; too narrow below ten seeds" : "", specifics);
    char *text = caption_text(panels, count, shown, policy);
    free(seeds);
    free(shown);
    return text;
}

char *caption_agent(const char *cell, const char *adds, const char *frames) {
    bool memoryless = strcmp(cell, "feedforward") == 0;
    if (strcmp(adds, "nothing") == 0)
        return memoryless ? memory_format("memoryless") : memory_format("recurrent (%s)", cell_label(cell));
    char *shown = strcmp(adds, "frames") == 0 ? memory_format("%s frames", frames) : memory_format("fed the %s", adds);
    if (memoryless) return shown;
    return joined(memory_format("%s", cell_label(cell)), ", ", shown);
}
