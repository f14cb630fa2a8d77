// Several tests at once: p-values adjusted so that each can be compared with the level by itself.
#pragma once

// Holm (1979): the running maximum of (m - i + 1) p_(i) over ascending p, at most 1. Controls the family-wise error
// under any dependence. A p that is NaN counts as 1. `adjusted` may be `p`.
void holm_adjust(const double *p, int count, double *adjusted);
