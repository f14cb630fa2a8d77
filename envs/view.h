// What an agent is shown beside the observation of any environment: for controls. An agent without memory (cell feedforward) then is
// frame-stacked, or knows the belief, or the state; how it does compared with a recurrent agent says what the memory is for.
//
// The observation becomes (o_t, what is added). Task, actions, rewards, returns and bounds, privileged state and the belief stay those of
// the inner environment, whose filter reads its o_t from the front of the longer observation.
//
// frames   (a_{t-1}, o_{t-1}, a_{t-2}, o_{t-2}, ..., a_{t-n+1}, o_{t-n+1}), actions one-hot: each frame with the action that led out of
//          it, the latest first; zeros before the start of the episode. After Mnih et al., "Human-level control through deep
//          reinforcement learning", Nature 2015. An agent's network is fed a_{t-1} and the observation (rollout_input), so that without
//          memory it knows the last n observations and the n-1 actions between them, a_{t-1} twice.
// belief   belief_summary of each part of the inner environment's belief, by a filter in the state of this environment. It draws from
//          the same stream, after the inner environment: a filter by particles makes other episodes of the same seed. Whoever filters from
//          outside has other particles.
// state    the state vector of the inner environment.
// reward   r_{t-1}, the reward of the action that led to o_t; 0 at the start of the episode. So the agent of Lambrechts et al., Neural
//          Networks 166, 2023, which is fed a_{t-1}, r_{t-1} and o_t.
#pragma once

#include "envs/env.h"

typedef enum ViewAdds { VIEW_NOTHING, VIEW_FRAMES, VIEW_BELIEF, VIEW_STATE, VIEW_REWARD } ViewAdds;

typedef struct ViewParams {
    int adds;      // a ViewAdds
    int frames;    // n, the present one among them; only for VIEW_FRAMES
} ViewParams;

extern const ParamTable view_params;

// Takes over `inner`, also when it fails: NULL with a message where `inner` lacks what is to be added. To add nothing returns `inner` itself.
Env *env_view(Env *inner, const ViewParams *params, Error *error);
