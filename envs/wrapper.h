// An environment around another one: what irrelevant.c and view.c share. The wrapper is an ordinary Env whose model holds the inner
// environment and a type of its own, so that nobody who calls env->type->f(env->model, ...) need know.
//
// States and beliefs of the inner environment lie first, the wrapper's own parts behind them. A function that the wrapper does not
// replace can therefore be passed on with the same pointer.
#pragma once

#include "envs/env.h"

// A wrapper's model begins with this.
typedef struct EnvWrapper {
    EnvType type;    // what env->type points to: the inner's name, parameters and names of actions and privileged numbers
    Env *inner;      // owned
    size_t state_offset, belief_offset;    // where the wrapper's own parts begin
} EnvWrapper;

// Takes over `inner` and returns an environment around it that behaves as it does: every function is passed on, the spec is the inner's
// but for state_bytes and belief_bytes, which have room for own parts of the given sizes. The model has model_bytes, zero behind the
// EnvWrapper. The caller then replaces functions in wrapper.type and changes the spec, belief_size included. Functions of the belief are
// NULL where the inner environment has no filter. type.prepare is NULL: a wrapper is not made by env_create.
Env *wrapper_create(Env *inner, size_t model_bytes, size_t own_state_bytes, size_t own_belief_bytes);

// Bytes, rounded up so that anything may lie behind them.
size_t wrapper_aligned(size_t bytes);

static inline void *wrapper_own_state(const EnvWrapper *wrapper, void *state) {
    return (char *)state + wrapper->state_offset;
}

static inline void *wrapper_own_belief(const EnvWrapper *wrapper, void *belief) {
    return (char *)belief + wrapper->belief_offset;
}
