// Sequential MNIST: tell a digit whose image is read in pieces.
//
// Source: "warmup": Lambrechts, De Geeter, Vecoven, Ernst, Drion, "Warming up recurrent neural networks to maximise reachable multistability
// greatly improves learning", Neural Networks 166, 2023; "bistable": Vecoven, Ernst, Drion, "A bio-inspired bistable recurrent cell allows for
// long-lasting memory", PLoS ONE 16(6), 2021; both as their released programs have it; after Le, Jaitly, Hinton, "A simple way to initialize
// recurrent networks of rectified linear units", arXiv 1504.00941, 2015.
//
// Input     an image of n x n pixels v in {0..255}, each as v/255 - 1/2, or v/255 without `shift`, in one of four orders:
//               pixels           one a step, row by row: n^2 steps of one number
//               permuted         the same, position p shows pixel s[p], s one fixed permutation
//               rows             one row a step: n steps of n numbers
//               permuted-rows    warmup: the permuted pixels, n a step; bistable: whole rows, step t shows row s[t]
//           then B steps of zeros (`padding`): with `shift` that is mid-grey, the background is -1/2. Permutations are NumPy's legacy ones
//           (envs/permutation.h): warmup from seed 42, bistable from seed 1
// Asked     the digit, 0 to 9, at the last step
// Baseline  chance, as with padding nothing else is to be seen at the last step: the entropy and the largest of the frequencies of the labels
//           of the test, for the stand-in ln 10 and 0.1. The same, though not quite, without padding in the order of the image, whose last
//           row is background in all but 0.2% of the stand-in images, 2% of the smaller ones. NaN, unknown, without padding in a permuted
//           order: the last step shows pixels from within the image
// Longer    padding, so that the whole sequence is `factor` times as long
//
// Images    stand-in: drawn on the fly (envs/digits.h), as many as one likes. Results on it are to be called "stand-in", never MNIST.
//           mnist: the four files of MNIST in the folder that the environment variable ENGRAM_DATA names (envs/idx.h); all that are there
#pragma once

#include "envs/task.h"

typedef enum MnistOrder { MNIST_PIXELS, MNIST_PERMUTED, MNIST_ROWS, MNIST_PERMUTED_ROWS } MnistOrder;
typedef enum MnistImages { MNIST_STAND_IN, MNIST_FILES } MnistImages;
typedef enum MnistPermutation { MNIST_WARMUP, MNIST_BISTABLE } MnistPermutation;
typedef enum MnistSize { MNIST_28, MNIST_14 } MnistSize;    // 14 x 14 pixels: of the stand-in only

typedef struct MnistParams {
    int order;          // MnistOrder
    int padding;        // B
    int images;         // MnistImages
    int size;           // MnistSize
    bool shift;         // v/255 - 1/2, else v/255
    int permutation;    // MnistPermutation
} MnistParams;

extern const TaskType mnist_task;
