// The registry of cells. To add one: write its file, declare it in list.h, add its two lines here.
#include <string.h>

#include "algorithms/cells/list.h"

const CellType *const cell_types[] = {&cell_gru, &cell_lstm, &cell_mgu, &cell_brc, &cell_nbrc};
const char *const cell_names[] = {"gru", "lstm", "mgu", "brc", "nbrc", NULL};
const size_t cell_type_count = sizeof cell_types / sizeof *cell_types;

const CellType *cell_find(const char *name, Error *error) {
    for (size_t i = 0; i < cell_type_count; i++) {
        if (strcmp(cell_types[i]->name, name) == 0) return cell_types[i];
    }
    const char *nearest = error_nearest(name, cell_names, cell_type_count);
    error_set(error, "cell \"%s\" is unknown%s%s; accepted: gru, lstm, mgu, brc, nbrc", name, nearest ? ", nearest is " : "",
              nearest ? nearest : "");
    return NULL;
}
