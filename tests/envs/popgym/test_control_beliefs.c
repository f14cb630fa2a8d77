// Beliefs about CartPole and Pendulum: against the state where the history fixes it; with noise, against weighted beginnings followed exactly, against Kalman's
// filter, and by how often the state lies where.
#include "core/vmath.h"
#include "envs/particle_filter.h"
#include "envs/popgym/cartpole.h"
#include "envs/popgym/pendulum.h"
#include "envs/popgym/popgym.h"
#include "tests/support.h"

enum { N = CLOUD_PARTICLES, MOST = 4 };

// An episode that is watched by its belief.
typedef struct Watch {
    Native *native;
    void *state, *belief;
    float *vector;
    float observation[2];
    Numbers action;
    Rng world, actor, observer;
} Watch;

static Watch watch(const NativeType *type, NativeLevel level) {
    Watch watched = {.native = native_create(type, &(NativeParams){.level = (int)level})};
    const NativeSpec *spec = &watched.native->spec;
    watched.state = memory_zeroed(1, spec->state_bytes), watched.belief = memory_zeroed(1, spec->belief_bytes);
    watched.vector = memory_zeroed((size_t)belief_size(spec->belief, spec->belief_parts), sizeof *watched.vector);
    return watched;
}

static void watch_end(Watch *watched) {
    native_destroy(watched->native);
    free(watched->state), free(watched->belief), free(watched->vector);
}

static void watch_begin(Watch *watched, uint64_t episode) {
    const Native *native = watched->native;
    watched->world = rng_stream(1, RNG_TEST, 3 * episode), watched->actor = rng_stream(1, RNG_TEST, 3 * episode + 1);
    watched->observer = rng_stream(1, RNG_TEST, 3 * episode + 2);
    native->type->reset(native->model, watched->state, &watched->world, watched->observation);
    assert_true(native->type->belief_reset(native->model, watched->belief, watched->observation, &watched->observer));
    native->type->belief_vector(native->model, watched->belief, watched->vector);
}

static NativeStep watch_step(Watch *watched) {
    const Native *native = watched->native;
    const NativeStep made =
        native->type->step(native->model, watched->state, &watched->action, &watched->world, watched->observation);
    assert_true(native->type->belief_update(native->model, watched->belief, &watched->action, watched->observation,
                                            &watched->observer));
    native->type->belief_vector(native->model, watched->belief, watched->vector);
    return made;
}

static double worst_difference(const Watch *watched) {
    double truth[MOST], worst = 0;
    watched->native->type->privileged(watched->native->model, watched->state, truth);
    for (int k = 0; k < watched->native->spec.privileged_size; k++)
        worst = fmax(worst, fabs((double)watched->vector[k] - truth[k]));
    return worst;
}

// ---- without noise -----------------------------------------------------------------------------------------------------------------

// Whoever acts on the belief as on the state scores the optimum, and the belief stays at the state all the way.
static void the_history_fixes_the_state_of_cartpole(void **unused) {
    (void)unused;
    static const NativeType *const types[] = {&position_only_cartpole, &velocity_only_cartpole};
    for (int v = 0; v < 2; v++) {
        Watch watched = watch(types[v], LEVEL_HARD);
        double worst = 0;
        for (uint64_t episode = 0; episode < 40; episode++) {
            double score = 0;
            watch_begin(&watched, episode);
            const float *at = watched.vector;
            assert_true(at[1] == 0 && at[3] == 0 && at[4 + 5] > 0 && at[4 + 15] == at[4 + 5] && at[4] == 0);
            for (bool over = false; !over;) {
                watched.action.whole[0] =
                    0.05 * (double)at[0] + 0.2 * (double)at[1] + 2 * (double)at[2] + 0.6 * (double)at[3] > 0;
                const NativeStep made = watch_step(&watched);
                score += made.reward, over = made.terminated || made.truncated;
                worst = fmax(worst, worst_difference(&watched));
                assert_true(at[4 + 5] == 0 && at[4 + 15] == 0);
            }
            assert_true(fabs(score - watched.native->spec.optimal_return) < 1e-9);
        }
        print_message("%s: the belief is off by at most %.2g\n", types[v]->name, worst);
        assert_true(worst > 0 && worst < 1e-4);
        watch_end(&watched);
    }
}

static void the_history_fixes_the_state_of_the_pendulum(void **unused) {
    (void)unused;
    Watch watched = watch(&position_only_pendulum, LEVEL_EASY);
    double worst = 0;
    for (uint64_t episode = 0; episode < 50; episode++) {
        watch_begin(&watched, episode);
        assert_true(watched.vector[2] == 0 && watched.vector[3 + 8] > 0.33F);
        for (bool over = false; !over;) {
            native_act_uniformly(&watched.native->spec.action, &watched.actor, &watched.action);
            over = watch_step(&watched).truncated;
            worst = fmax(worst, worst_difference(&watched));
            assert_true(watched.vector[3 + 8] == 0);
        }
    }
    print_message("position-only-pendulum: the belief is off by at most %.2g\n", worst);
    assert_true(worst > 0 && worst < 1e-5);
    watch_end(&watched);
}

// A step that the other action would have made, positions out of reach, and what is not a number: refused, and the belief stays.
static void impossible_observations_are_refused(void **unused) {
    (void)unused;
    static const NativeType *const types[] = {&position_only_cartpole, &velocity_only_cartpole, &position_only_pendulum,
                                              &noisy_position_only_cartpole, &noisy_position_only_pendulum};
    static const float wrong[][2] = {{5, 0}, {0, NAN}, {INFINITY, 0}, {0.3F, -1.5F}};
    for (int v = 0; v < 5; v++) {
        Watch watched = watch(types[v], LEVEL_EASY);
        const Native *native = watched.native;
        for (uint64_t episode = 0; episode < 5; episode++) {
            watch_begin(&watched, episode);
            for (int t = 0; t < 3; t++) watch_step(&watched);
            void *before = memory_zeroed(1, native->spec.belief_bytes);
            memcpy(before, watched.belief, native->spec.belief_bytes);
            for (int k = 0; k < 4; k++) {
                assert_false(native->type->belief_reset(native->model, watched.belief, wrong[k], &watched.observer));
                assert_false(
                    native->type->belief_update(native->model, watched.belief, &watched.action, wrong[k], &watched.observer));
            }
            assert_memory_equal(before, watched.belief, native->spec.belief_bytes);
            free(before);
        }
        watch_end(&watched);
    }
    Watch watched = watch(&velocity_only_cartpole, LEVEL_EASY);
    watch_begin(&watched, 0);
    watch_step(&watched);
    const int32_t other = !watched.action.whole[0];
    watched.native->type->step(watched.native->model, watched.state, &watched.action, &watched.world, watched.observation);
    assert_false(watched.native->type->belief_update(watched.native->model, watched.belief, &other, watched.observation,
                                                     &watched.observer));
    watch_end(&watched);
}

// ---- likelihoods -------------------------------------------------------------------------------------------------------------------

static void tails_are_those_of_the_normal_distribution(void **unused) {
    (void)unused;
    Noise noise = noise_of(LEVEL_EASY, 1, 2);
    noise.sigma = 1;
    double worst = 0;
    for (double x = -6; x < 30; x += 0.01) {
        // P(mean + z >= bound) with bound - mean = x, at both bounds; far out by the first terms of its asymptotic series.
        const double tail =
            x < 26 ? log(0.5 * erfc(x * sqrt(0.5))) : -x * x / 2 - log(x * sqrt(2 * acos(-1))) + log1p(-1 / (x * x));
        double above = 0, below = 0;
        noise_weigh(&noise, 0, 1, 1, &(double){1 - x}, &above);
        noise_weigh(&noise, 1, -2, 1, &(double){x - 2}, &below);
        worst = fmax(worst, fabs(above / tail - 1));
        assert_true(fabs(above - tail) <= 1e-12 + 1e-5 * (x >= 26) * fabs(tail) + 1e-13 * fabs(tail));
        assert_true(fabs(below - above) <= 1e-14 + 1e-12 * fabs(above));
    }
    double inside = -1;
    noise_weigh(&noise, 0, 0.5F, 1, &(double){0.75}, &inside);
    assert_true(fabs(inside - (-1 - 0.03125)) < 1e-15);
}

// ---- a linear system, of which Kalman's filter knows all --------------------------------------------------------------------------

// Two numbers: the first grows by the second, and is seen with unit noise. The covariance of Kalman's filter, and the same of the cloud.
static void a_cloud_follows_kalman(void **unused) {
    (void)unused;
    enum { EPISODES = 40, STEPS = 40 };
    double error = 0, spread = 0;
    int settled = 0;
    for (uint64_t episode = 0; episode < EPISODES; episode++) {
        Rng rng = rng_stream(3, RNG_TEST, episode);
        float first[N], second[N], scratch[N];
        Cloud cloud;
        particles_normals(&rng, N, first, second, scratch);
        for (int i = 0; i < N; i++) cloud.at[0][i] = (double)first[i], cloud.at[1][i] = (double)second[i], cloud.weight[i] = 1;
        particles_normals(&rng, N, first, second, scratch);
        double place = (double)first[0], speed = (double)second[0], mean[2] = {0}, p00 = 1, p01 = 0, p11 = 1;
        for (int t = 1; t <= STEPS; t++) {
            settled += cloud_settle(&cloud, 2, &rng);
            place += speed, mean[0] += mean[1];
            p00 += 2 * p01 + p11, p01 += p11;
            for (int i = 0; i < N; i++) cloud.at[0][i] += cloud.at[1][i];
            const double seen = place + (double)first[t], surprise = seen - mean[0], total = p00 + 1;
            mean[0] += p00 / total * surprise, mean[1] += p01 / total * surprise;
            p11 -= p01 * p01 / total, p01 -= p00 * p01 / total, p00 -= p00 * p00 / total;
            double log_likelihood[N];
            for (int i = 0; i < N; i++) log_likelihood[i] = -0.5 * (seen - cloud.at[0][i]) * (seen - cloud.at[0][i]);
            assert_true(cloud_weigh(&cloud, log_likelihood));
        }
        int32_t parents[N];
        cloud_parents(&cloud, parents);
        double sum = 0, squares = 0;
        for (int i = 0; i < N; i++) sum += cloud.at[1][parents[i]];
        for (int i = 0; i < N; i++) squares += pow(cloud.at[1][parents[i]] - sum / N, 2);
        error += pow(sum / N - mean[1], 2) / p11 / EPISODES;
        spread += squares / N / p11 / EPISODES;
    }
    print_message("beside Kalman's: mean off by %.3f standard deviations, variance %.3f times; settled %.1f times\n",
                  sqrt(error), spread, (double)settled / EPISODES);
    assert_true(settled > 0);
    assert_true(sqrt(error) < 0.3 && fabs(spread - 1) < 0.1);
}

// ---- with noise: beginnings drawn from the prior, followed exactly and weighted by all that is seen ---------------------------------------

enum { BEGINNINGS = 20000 };

typedef struct Beginnings {
    double at[MOST][BEGINNINGS], log_likelihood[BEGINNINGS];
} Beginnings;

static void draw_beginnings(Beginnings *all, bool cartpole, Rng *rng) {
    const double pi = acos(-1);
    for (int k = 0; k < (cartpole ? 4 : 2); k++) {
        const double most = cartpole ? cartpole_start : k == 0 ? pi : 1;
        particles_uniforms(rng, BEGINNINGS, all->at[k]);
        for (int i = 0; i < BEGINNINGS; i++) all->at[k][i] = most * (2 * all->at[k][i] - 1);
    }
    memset(all->log_likelihood, 0, sizeof all->log_likelihood);
}

static void weigh_beginnings(Beginnings *all, const Watch *watched, bool cartpole) {
    static double seen[2][BEGINNINGS];
    const void *model = watched->native->model;
    const Noise *noise = cartpole ? &((const CartPoleModel *)model)->noise : &((const PendulumModel *)model)->noise;
    for (int i = 0; i < BEGINNINGS; i++) {
        seen[0][i] = cartpole ? all->at[0][i] : cos(all->at[0][i]);
        seen[1][i] = cartpole ? all->at[2][i] : sin(all->at[0][i]);
    }
    for (int k = 0; k < 2; k++) noise_weigh(noise, k, watched->observation[k], BEGINNINGS, seen[k], all->log_likelihood);
}

static void move_beginnings(Beginnings *all, const Watch *watched, bool cartpole) {
    static double force[BEGINNINGS];
    if (cartpole) {
        for (int i = 0; i < BEGINNINGS; i++) {
            if (cartpole_fallen(all->at[0][i], all->at[2][i])) all->log_likelihood[i] = -INFINITY;
            force[i] = cartpole_force(watched->action.whole[0]);
        }
        cartpole_move_many(((const CartPoleModel *)watched->native->model)->kernels, BEGINNINGS, all->at[0], all->at[1],
                           all->at[2], all->at[3], force);
        return;
    }
    const float torque = watched->action.real[0];
    for (int i = 0; i < BEGINNINGS; i++) {
        all->at[1][i] = pendulum_spun(all->at[1][i], sin(all->at[0][i]), torque);
        all->at[0][i] += pendulum_interval * all->at[1][i];
    }
}

// Number k of the particles that a belief shows.
static double shown(const Beginnings *all, bool cartpole, int k, int i) {
    if (cartpole) return all->at[k][i];
    return k == 0 ? cos(all->at[0][i]) : k == 1 ? sin(all->at[0][i]) : all->at[1][i];
}

// Adds the squared distance of the means in standard deviations, and the quotient of variances.
static void compare_moments(const Beginnings *all, const Watch *watched, bool cartpole, double *distance, double *quotient) {
    const int size = watched->native->spec.privileged_size;
    double largest = -INFINITY;
    for (int i = 0; i < BEGINNINGS; i++) largest = fmax(largest, all->log_likelihood[i]);
    for (int k = 0; k < size; k++) {
        double weights = 0, sum = 0, squares = 0, own = 0, own_squares = 0;
        for (int i = 0; i < BEGINNINGS; i++) {
            const double weight = exp(all->log_likelihood[i] - largest), value = shown(all, cartpole, k, i);
            weights += weight, sum += weight * value, squares += weight * value * value;
        }
        for (int i = 0; i < N; i++) {
            const double value = (double)watched->vector[i * size + k];
            own += value, own_squares += value * value;
        }
        const double mean = sum / weights, variance = squares / weights - mean * mean;
        *distance += pow(own / N - mean, 2) / variance / size;
        *quotient += (own_squares / N - own * own / N / N) / variance / size;
    }
}

static void clouds_have_the_moments_of_weighted_beginnings(void **unused) {
    (void)unused;
    enum { EPISODES = 12 };
    static Beginnings all;
    for (int cartpole = 0; cartpole < 2; cartpole++) {
        const int steps = cartpole ? 14 : 25;
        Watch watched = watch(cartpole ? &noisy_position_only_cartpole : &noisy_position_only_pendulum, LEVEL_MEDIUM);
        double distance = 0, quotient = 0;
        int episodes = 0;
        for (uint64_t episode = 0; episodes < EPISODES; episode++) {
            bool over = false;
            watch_begin(&watched, episode);
            draw_beginnings(&all, cartpole, &watched.actor);
            weigh_beginnings(&all, &watched, cartpole);
            for (int t = 0; t < steps && !over; t++) {
                native_act_uniformly(&watched.native->spec.action, &watched.actor, &watched.action);
                move_beginnings(&all, &watched, cartpole);
                over = watch_step(&watched).terminated;
                weigh_beginnings(&all, &watched, cartpole);
            }
            if (over) continue;
            compare_moments(&all, &watched, cartpole, &distance, &quotient);
            episodes++;
        }
        distance = sqrt(distance / episodes), quotient /= episodes;
        print_message("%s: mean off by %.3f standard deviations, variance %.3f times\n", watched.native->type->name, distance,
                      quotient);
        assert_true(distance < 0.3 && fabs(quotient - 1) < 0.15);
        watch_end(&watched);
    }
}

// The share of particles below the true velocity is uniform if a belief is what it says; and the mean of the particles is nearer to what is seen
// than what is seen of it. CartPole is kept up by who sees its state.
static void the_state_lies_where_clouds_say(void **unused) {
    (void)unused;
    enum { BINS = 8 };
    const int episodes = getenv("ENGRAM_TEST_FULL") ? 3000 : 120;
    for (int cartpole = 0; cartpole < 2; cartpole++) {
        for (int level = LEVEL_EASY; level < LEVEL_COUNT; level++) {
            Watch watched = watch(cartpole ? &noisy_position_only_cartpole : &noisy_position_only_pendulum, (NativeLevel)level);
            const NativePolicy *oracle = cartpole ? &watched.native->type->policies[2] : NULL;
            const int size = watched.native->spec.privileged_size, spin = size - 1, angle = cartpole ? 2 : 1;
            int bins[BINS] = {0};
            double chi_square = 0, believed = 0, seen = 0;
            for (int episode = 0; episode < episodes; episode++) {
                double truth[MOST], mean = 0;
                int below = 0;
                watch_begin(&watched, 1000 + (uint64_t)episode);
                for (int t = 0; t < 40; t++) {
                    const PolicyView view = {.state = watched.state};
                    if (oracle) oracle->act(&view, &watched.actor, &watched.action);
                    else native_act_uniformly(&watched.native->spec.action, &watched.actor, &watched.action);
                    assert_false(watch_step(&watched).terminated);
                }
                watched.native->type->privileged(watched.native->model, watched.state, truth);
                for (int i = 0; i < N; i++) {
                    below += (double)watched.vector[i * size + spin] < truth[spin];
                    mean += (double)watched.vector[i * size + angle] / N;
                }
                bins[below == N ? BINS - 1 : below * BINS / N]++;
                believed += pow(mean - truth[angle], 2), seen += pow((double)watched.observation[1] - truth[angle], 2);
            }
            for (int b = 0; b < BINS; b++) chi_square += pow(bins[b] - (double)episodes / BINS, 2) / ((double)episodes / BINS);
            print_message("%s %s: chi-square of %d bins %.1f; error %.3f of what is seen\n", watched.native->type->name,
                          native_level_names[level], BINS, chi_square, sqrt(believed / seen));
            assert_true(chi_square < 24.3);    // 1 in 1000
            assert_true(believed < 0.25 * seen);
            watch_end(&watched);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_history_fixes_the_state_of_cartpole),
        cmocka_unit_test(the_history_fixes_the_state_of_the_pendulum),
        cmocka_unit_test(impossible_observations_are_refused),
        cmocka_unit_test(tails_are_those_of_the_normal_distribution),
        cmocka_unit_test(a_cloud_follows_kalman),
        cmocka_unit_test(clouds_have_the_moments_of_weighted_beginnings),
        cmocka_unit_test(the_state_lies_where_clouds_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
