// The registry of cells. To add one: write its file, declare it in list.h, add its two lines here.
#include "algorithms/cells/list.h"

const CellType *const cell_types[] = {&cell_gru,         &cell_lstm,  &cell_mgu,   &cell_brc,  &cell_nbrc,
                                      &cell_feedforward, &cell_elman, &cell_leaky, &cell_gated};
const char *const cell_names[] = {"gru", "lstm", "mgu", "brc", "nbrc", "feedforward", "elman", "leaky", "gated", NULL};
const size_t cell_type_count = sizeof cell_types / sizeof *cell_types;
