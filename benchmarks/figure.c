#include "benchmarks/figure.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

// NULL for an experiment without a figure. Its script is known: the file would not have been loaded otherwise.
static const Drawing *find_drawing(const Experiment *experiment) {
    if (!experiment->figure_script) return NULL;
    size_t i = 0;
    while (i < drawing_count && strcmp(drawings[i]->script, experiment->figure_script) != 0) i++;
    assert(i < drawing_count);
    return drawings[i];
}

bool figure_needs_analysis(const Experiment *experiment) {
    const Drawing *drawing = find_drawing(experiment);
    if (drawing && drawing->needs_analysis && drawing->needs_analysis(experiment)) return true;
    for (size_t i = 0; i < experiment->figure_view_count; i++) {
        const View *view = view_find(experiment->figure_views[i], NULL);
        if (view->needs_analysis && view->needs_analysis(experiment)) return true;
    }
    return false;
}

// The runs with their logs open, in panels; both to be given back with close_panels.
static Panels *open_panels(const char *results, const Experiment *experiment, bool partial, Error *error) {
    Gathering *gathering = gather_runs(results, experiment, partial, error);
    if (!gathering) return NULL;
    Panels *panels = panels_create(gathering, error);
    if (!panels) gather_free(gathering);
    return panels;
}

static void close_panels(Panels *panels) {
    gather_free(panels->gathering);
    panels_destroy(panels);
}

bool figure_draw(const char *results, const Experiment *experiment, bool partial, size_t *count, char ***folders,
                 Error *error) {
    *count = 0;
    *folders = NULL;
    const Drawing *drawing = find_drawing(experiment);
    if (!drawing) {
        return error_set(error, "%s has no figure of its own; `engram list` shows the views that every experiment has",
                         experiment->path);
    }
    Panels *panels = open_panels(results, experiment, partial, error);
    if (!panels) return false;
    *folders = memory_zeroed(panels->count, sizeof **folders);
    bool good = true;
    size_t figures = drawing->draw ? panels->count : 1;
    for (size_t k = 0; k < figures && good; k++) {
        Panel *panel = &panels->panel[k];
        const char *rest = drawing->draw ? panel->rest : "";
        (*folders)[(*count)++] = memory_format("%s/figures/%s-%s%s%s", results, experiment->name,
                                               scale_names[experiment->scale], *rest ? "-" : "", rest);
        good =
            drawing->draw ? drawing->draw(panel, (*folders)[k], error) : drawing->draw_together(panels, (*folders)[k], error);
    }
    close_panels(panels);
    if (good) return true;
    figure_folders_free(*count, *folders);
    *count = 0;
    *folders = NULL;
    return false;
}

bool figure_draw_view(const char *results, const Experiment *experiment, const View *view, const ViewOptions *options,
                      bool partial, char **folder, Error *error) {
    *folder = NULL;
    Panels *panels = open_panels(results, experiment, partial, error);
    if (!panels) return false;
    *folder = memory_format("%s/figures/%s/%s-%s", results, experiment->name, view->name, scale_names[experiment->scale]);
    bool good = view->draw(panels, options, *folder, error);
    close_panels(panels);
    if (good) return true;
    free(*folder);
    *folder = NULL;
    return false;
}

void figure_folders_free(size_t count, char **folders) {
    for (size_t i = 0; i < count; i++) free(folders[i]);
    free(folders);
}
