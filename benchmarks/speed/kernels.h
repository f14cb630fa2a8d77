// What `engram bench kernels` measures: one training step of one recurrent layer - forward over all sequences, back-propagation through
// time, Adam. Sequences are of equal length; the input is given, so that no gradient goes to it; the gradient of the hidden states is
// given too, so that there is neither readout nor loss to differ in: the "loss" that sides compare is the sum of hidden state times it.
#pragma once

#include "core/error.h"

enum { KERNELS_BATCH = 32, KERNELS_INPUT = 10 };

// What a cell costs per sequence and time step, in units of its width H.
typedef struct KernelCost {
    const char *cell;
    int input, recurrent;    // columns of the products with the input and with the hidden state
    int logistic, tanh;      // function values
} KernelCost;

const KernelCost *kernel_cost(const char *cell);    // NULL: a cell whose costs nobody has written down

// Floating-point operations of the step's products. With G = input, R = recurrent: forward 2 B (T I G H + (T-1) H R H), because the first
// state is zero; backward the same for the weights, and the second term again for the hidden states.
double kernel_flops(const KernelCost *cost, int steps, int hidden);

// The registered cell of that name; NULL with a message when there is none.
struct CellType;
const struct CellType *kernels_cell(const char *name, Error *error);

// Our side, for contender_start: a process that answers the requests
//     open CELL FILE    takes the work from the file of kernels.c; value 0 (a side that does not know the cell: 1)
//     step COUNT        begins anew and does so many training steps; ms per step, loss before the last update
//     rate NUMBER       the rate of that number (SpeedRate), as value
int kernels_serve(void *context);
