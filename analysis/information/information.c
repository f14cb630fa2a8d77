#include "analysis/information/information.h"

#include <math.h>

InformationEstimate information_unknown(void) {
    return (InformationEstimate){
        .value = NAN,
        .low = NAN,
        .high = NAN,
        .sd = NAN,
        .ceiling = NAN,
        .train = NAN,
        .validation = NAN,
        .ess = NAN,
    };
}
