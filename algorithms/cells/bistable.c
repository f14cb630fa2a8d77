#include "algorithms/cells/list.h"

Node *cell_bistable_update(Tape *tape, Node *update, Node *feedback, Node *candidate, Node *h) {
    Node *c = tape_logistic(tape, update);
    Node *a = tape_shift(tape, tape_tanh(tape, feedback), 1);
    Node *proposal = tape_tanh(tape, tape_add(tape, candidate, tape_mul(tape, a, h)));
    return tape_blend(tape, c, proposal, h);
}
