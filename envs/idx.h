// IDX, the files in which MNIST is given away (LeCun, Cortes, Burges, "The MNIST database of handwritten digits", 1998), as they are or
// compressed by gzip. All numbers are of 32 bits, the highest byte first:
//
//     images    2051, count, rows, columns, then a byte for each pixel, image by image, row by row: 0 background, 255 ink
//     labels    2049, count, then a byte for each image, 0 to 9
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "envs/task.h"

enum { IDX_CLASSES = 10, IDX_COUNT_MAX = 1000000 };

typedef struct IdxSet {
    int count, rows, columns;
    uint8_t *pixels;    // [count, rows, columns], owned
    uint8_t *labels;    // [count], owned
} IdxSet;

// Reads a file of images and the file of their labels; idx_release frees what is read. An error names the file: what is no file, not of this
// format, of other than rows x columns pixels, shorter or longer than it says, damaged (gzip's checksum), with no or too many images; labels
// that are not as many as the images, or above 9. Memory is taken for bytes that are there, whatever a header says. What follows a whole gzip
// stream is not looked at.
bool idx_read(const char *images, const char *labels, int rows, int columns, IdxSet *set, Error *error);

// The same two files, each there as a whole or not at all. Where one is there already, neither is touched and that is an error. `set`
// must be one that idx_read accepts.
bool idx_write(const char *images, const char *labels, const IdxSet *set, bool gzip, Error *error);

void idx_release(IdxSet *set);

// The files of one split of a folder, named as MNIST's: {train,t10k}-images-idx3-ubyte, {train,t10k}-labels-idx1-ubyte, or with .gz behind.
// Where both are there, the one without is read; where any is there, idx_write_split writes none.
bool idx_read_split(const char *folder, TaskSplit split, int rows, int columns, IdxSet *set, Error *error);
bool idx_write_split(const char *folder, TaskSplit split, const IdxSet *set, bool gzip, Error *error);
bool idx_check_absent(const char *folder, TaskSplit split, Error *error);    // an error names the file that is there
