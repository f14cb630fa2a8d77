#include "envs/digits.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/aside.h"
#include "core/folder.h"
#include "core/normal.h"
#include "core/vmath.h"
#include "envs/idx.h"

// ---- the drawings -------------------------------------------------------------------------------------------------------

typedef struct Point {
    double x, y;
} Point;

enum { ROUND = 20, VERTICES_MAX = 2 * ROUND };    // an ellipse is a polygon of 20 corners

typedef struct Drawing {
    int vertices, segments;
    Point vertex[VERTICES_MAX];
    struct {
        int from, to;
    } segment[VERTICES_MAX];
} Drawing;

typedef struct Line {
    int count;
    Point points[12];
} Line;

// In the unit box. 0 and 8 are ellipses, 9 is 6 turned by 180 degrees.
static const Line lines[] = {
    [1] = {3, {{.35, .25}, {.52, .10}, {.52, .90}}},
    [2] = {8, {{.25, .28}, {.32, .14}, {.5, .09}, {.68, .14}, {.74, .28}, {.68, .42}, {.25, .90}, {.76, .90}}},
    [3] = {11,
           {{.27, .17},
            {.42, .09},
            {.6, .10},
            {.72, .21},
            {.70, .36},
            {.5, .47},
            {.72, .57},
            {.75, .74},
            {.62, .88},
            {.42, .91},
            {.25, .82}}},
    [4] = {4, {{.62, .90}, {.62, .10}, {.22, .63}, {.80, .63}}},
    [5] = {9, {{.72, .10}, {.32, .10}, {.28, .46}, {.5, .41}, {.70, .50}, {.75, .68}, {.66, .85}, {.45, .91}, {.25, .83}}},
    [6] = {12,
           {{.66, .10},
            {.45, .22},
            {.31, .42},
            {.26, .66},
            {.34, .85},
            {.5, .91},
            {.67, .84},
            {.74, .69},
            {.66, .54},
            {.5, .49},
            {.34, .55},
            {.27, .68}}},
    [7] = {3, {{.24, .10}, {.76, .10}, {.44, .90}}},
};

static void add_segment(Drawing *drawing, int from, int to) {
    assert(drawing->segments < VERTICES_MAX);
    drawing->segment[drawing->segments].from = from;
    drawing->segment[drawing->segments++].to = to;
}

static int add_vertex(Drawing *drawing, double x, double y) {
    assert(drawing->vertices < VERTICES_MAX);
    drawing->vertex[drawing->vertices] = (Point){x, y};
    return drawing->vertices++;
}

static void add_line(Drawing *drawing, const Line *line, bool turned) {
    for (int i = 0; i < line->count; i++) {
        Point at = line->points[i];
        int vertex = turned ? add_vertex(drawing, 1 - at.x, 1 - at.y) : add_vertex(drawing, at.x, at.y);
        if (i > 0) add_segment(drawing, vertex - 1, vertex);
    }
}

static void add_ellipse(Drawing *drawing, Point centre, Point radius) {
    const int first = drawing->vertices;
    for (int i = 0; i < ROUND; i++) {
        double angle = 2 * vmath_pi * i / ROUND;
        add_vertex(drawing, centre.x + radius.x * vmath_cos(angle), centre.y + radius.y * vmath_sin(angle));
        add_segment(drawing, first + i, first + (i + 1) % ROUND);
    }
}

static Drawing drawing_of(int label) {
    Drawing drawing = {0};
    switch (label) {
    case 0: add_ellipse(&drawing, (Point){.5, .5}, (Point){.26, .40}); break;
    case 8:
        add_ellipse(&drawing, (Point){.5, .29}, (Point){.19, .19});
        add_ellipse(&drawing, (Point){.5, .70}, (Point){.24, .21});
        break;
    case 9: add_line(&drawing, &lines[6], true); break;
    default: add_line(&drawing, &lines[label], false);
    }
    return drawing;
}

// ---- how one is put on paper ------------------------------------------------------------------------------------------------

typedef struct Pen {
    double a, b, c, d;    // x <- a x + b y, y <- c x + d y
    Point centre;
    double radius, amplitude;
} Pen;

static Pen pen_drawn(Rng *rng, double unit, int size) {
    double angle = rng_between(rng, -15, 15) * vmath_pi / 180, shear = rng_between(rng, -0.25, 0.25);
    double scale_x = rng_between(rng, 0.75, 1.15), scale_y = rng_between(rng, 0.75, 1.15);
    double right = rng_between(rng, -2, 2), down = rng_between(rng, -2, 2);
    double cosine = vmath_cos(angle), sine = vmath_sin(angle);
    Pen pen = {.a = cosine * scale_x,
               .b = (cosine * shear - sine) * scale_y,
               .c = sine * scale_x,
               .d = (sine * shear + cosine) * scale_y,
               .centre = {0.5 * (size - 1) + right * unit, 0.5 * (size - 1) + down * unit}};
    pen.radius = rng_between(rng, 0.6, 1.4) * unit;
    pen.amplitude = rng_between(rng, 0.8, 1);
    return pen;
}

static void place_vertices(Drawing *drawing, const Pen *pen, double unit, Rng *rng) {
    for (int i = 0; i < drawing->vertices; i++) {
        Point *at = &drawing->vertex[i];
        double x = ((at->x - 0.5) * 20 + 0.6 * rng_normal(rng)) * unit;
        double y = ((at->y - 0.5) * 20 + 0.6 * rng_normal(rng)) * unit;
        *at = (Point){pen->a * x + pen->b * y + pen->centre.x, pen->c * x + pen->d * y + pen->centre.y};
    }
}

static double square_distance(Point p, Point from, Point to) {
    double x = to.x - from.x, y = to.y - from.y, length = x * x + y * y;
    double along = length > 0 ? ((p.x - from.x) * x + (p.y - from.y) * y) / length : 0;
    along = along < 0 ? 0 : along > 1 ? 1 : along;
    double across_x = p.x - from.x - along * x, across_y = p.y - from.y - along * y;
    return across_x * across_x + across_y * across_y;
}

// The pixels that lie within `reach` of the numbers from a to b: of both signs, cut to the image.
static void pixel_range(double a, double b, double reach, int size, int *first, int *last) {
    double low = (a < b ? a : b) - reach, high = (a < b ? b : a) + reach;
    *first = low > 0 ? (int)low : 0;
    *last = high < size - 1 ? (int)high : size - 1;
}

// Lowers nearest [size, size], squares of distances, wherever the segment is at most `reach` away.
static void trace(Point from, Point to, double reach, int size, double *nearest) {
    int left, right, top, bottom;
    pixel_range(from.x, to.x, reach, size, &left, &right);
    pixel_range(from.y, to.y, reach, size, &top, &bottom);
    for (int y = top; y <= bottom; y++) {
        for (int x = left; x <= right; x++) {
            double distance = square_distance((Point){x, y}, from, to);
            if (distance < nearest[y * size + x]) nearest[y * size + x] = distance;
        }
    }
}

int digits_draw(Rng *rng, int size, uint8_t *pixels) {
    assert(size == DIGITS_SIZE || size == DIGITS_SMALL);
    const double unit = size == DIGITS_SIZE ? 1 : 0.5;
    const int label = (int)rng_below(rng, IDX_CLASSES), area = size * size;
    Drawing drawing = drawing_of(label);
    Pen pen = pen_drawn(rng, unit, size);
    place_vertices(&drawing, &pen, unit, rng);

    const double reach = pen.radius + 0.5;
    double nearest[DIGITS_PIXELS];
    for (int i = 0; i < area; i++) nearest[i] = reach * reach;
    for (int i = 0; i < drawing.segments; i++)
        trace(drawing.vertex[drawing.segment[i].from], drawing.vertex[drawing.segment[i].to], reach, size, nearest);
    for (int i = 0; i < area; i++) {
        double cover = reach - sqrt(nearest[i]);
        pixels[i] = (uint8_t)(255 * pen.amplitude * (cover < 0 ? 0 : cover > 1 ? 1 : cover) + 0.5);
    }
    return label;
}

// ---- files --------------------------------------------------------------------------------------------------------------------

static IdxSet sheet(uint64_t seed, TaskSplit split, int count, int size) {
    const size_t area = (size_t)size * (size_t)size;
    IdxSet set = {.count = count, .rows = size, .columns = size};
    set.pixels = memory_zeroed((size_t)count, area);
    set.labels = memory_zeroed((size_t)count, 1);
    for (int i = 0; i < count; i++) {
        Rng rng = rng_stream(seed, split == TASK_TRAIN ? RNG_TASK_TRAIN : RNG_TASK_TEST, (uint64_t)i);    // as task_draw
        set.labels[i] = (uint8_t)digits_draw(&rng, size, set.pixels + (size_t)i * area);
    }
    return set;
}

// So that nobody takes the files for MNIST's, which have the same names.
static bool write_note(const char *folder, uint64_t seed, Error *error) {
    char *path = memory_format("%s/STAND-IN", folder);
    Aside aside;
    bool opened = aside_open(&aside, path, error);
    free(path);
    if (!opened) return false;
    fprintf(aside.file,
            "Drawings of digits from seed %llu, which stand in for MNIST and are in files of the same format.\n"
            "They are not MNIST: call what comes of them \"stand-in\".\n",
            (unsigned long long)seed);
    return aside_close(&aside, error);
}

static bool check_numbers(int train, int test, int size, Error *error) {
    if (size != DIGITS_SIZE && size != DIGITS_SMALL) {
        return error_set(error, "stand-in digits: found size %d, accepted: %d or %d pixels to a side", size, DIGITS_SIZE,
                         DIGITS_SMALL);
    }
    const int count[] = {train, test};
    for (int i = 0; i < 2; i++) {
        if (count[i] < 1 || count[i] > IDX_COUNT_MAX)
            return error_set(error, "stand-in digits: found %d %s images, accepted: 1 to %d", count[i], i ? "test" : "training",
                             IDX_COUNT_MAX);
    }
    return true;
}

bool digits_write(const char *folder, uint64_t seed, int train, int test, int size, bool gzip, Error *error) {
    if (!check_numbers(train, test, size, error)) return false;
    if (!idx_check_absent(folder, TASK_TRAIN, error) || !idx_check_absent(folder, TASK_TEST, error)) return false;
    char *inside = memory_format("%s/", folder);
    bool good = folder_make_parents(inside, error) && write_note(folder, seed, error);
    free(inside);
    for (TaskSplit split = TASK_TRAIN; split < TASK_SPLIT_COUNT && good; split++) {
        IdxSet set = sheet(seed, split, split == TASK_TRAIN ? train : test, size);
        good = idx_write_split(folder, split, &set, gzip, error);
        idx_release(&set);
    }
    return good;
}
