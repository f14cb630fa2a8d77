# Learning: the validation loss of tasks, or the return of agents that act, on the left; on the right how many attractors the network reaches (VAA), or its accuracy. A row of
# panels for each combination of what varies beside the curves. Colours are cells or what varies; where both vary, dashes are the latter.
#
# Data: curves.csv (panel, series, cell, episode, seeds, mean, low, high), runs.csv (panel, series, cell, seed, episode, value): "cell" is
# the curve, "episode" the gradient step or episode; an empty line ends each curve. Variables: see the head of figure.gp.

set dashtype 4 (9, 3, 2, 3)
REFERENCE = "#7F7F7F"
in(series, r, i, value) = (LINE_ROW[i] eq ROW[r] && strcol("panel") eq ROW[r] && strcol("series") eq series && strcol("cell") eq LINE[i]) ? value : NaN
clipped(value) = LOGARITHMIC && value < LOSS_MIN ? LOSS_MIN : value
titled = ROW_COUNT > 1 || ROW_TITLE[1] ne ""

GRID_LEFT = 0.56
GRID_BETWEEN = 0.60
GRID_RIGHT = 0.20
# Legend: rows of entries as wide as the longest name, for broad fonts too.
rows_for(count, longest) = int(ceil(count / real(floor((WIDTH - 0.6) / (0.30 + 0.066 * longest)))))
in_a_row(count, rows) = int(ceil(count / real(rows)))
longest = 0
do for [i = 1:COLOUR_COUNT] { if (strlen(COLOUR_NAME[i]) > longest) { longest = strlen(COLOUR_NAME[i]) } }
COLOUR_ROWS = rows_for(COLOUR_COUNT, longest)
longest = 0
do for [i = 1:DASH_COUNT] { if (strlen(DASH_NAME[i]) > longest) { longest = strlen(DASH_NAME[i]) } }
DASH_ROWS = DASH_COUNT > 0 ? rows_for(DASH_COUNT, longest) : 0
# Grey lines: of the trivial predictor, and where there is VAA of a single attractor.
array REFERENCE_NAME[2] = [BASELINE_NAME, "one attractor"]
vaa = RIGHT eq "vaa/mean"
first = 2
last = 1
do for [r = 1:ROW_COUNT] {
    if (BASELINE[r] == BASELINE[r] || (!vaa && LEVEL[r] == LEVEL[r])) { first = 1 }
    if (vaa && LEVEL[r] == LEVEL[r]) { last = 2 }
}
GRID_TOP = 0.28 + 0.145 * (COLOUR_ROWS + DASH_ROWS + (first <= last))
if (!titled) { GRID_ABOVE = 0.26 }

set multiplot
set xrange [0:X_MAX]
set xtics X_TICK
set mxtics 2
do for [r = 1:ROW_COUNT] {
    if (r == ROW_COUNT) { set format x "%g"; set xlabel CLOCK offset 0, 0.5 } else { set format x ""; unset xlabel }
    do for [c = 1:COLUMNS] {
        k = (r - 1) * COLUMNS + c
        set lmargin at screen grid_left(k)
        set rmargin at screen grid_right(k)
        set tmargin at screen grid_top(k)
        set bmargin at screen grid_bottom(k)
        if (COLUMNS * ROW_COUNT > 1) { set label 1 title_above(letter(k), ROW_TITLE[r]) at graph 0, 1.0 offset 0, 0.7 }
        if (c == 1) {
            series = LEFT
            reference = BASELINE[r]
            set label 5 LOSS_NAME at screen grid_left(k) - 0.43 / WIDTH, graph 0.5 center rotate
            set yrange [LOSS_MIN:LOSS_MAX]
            if (CUT) { set label 6 "the untrained networks lie above" at graph 0.03, 0.95 font ",7" textcolor rgb REFERENCE }
            if (LOGARITHMIC) { set logscale y; set ytics 10; set mytics 10; set format y "10^{%L}" } else { set ytics LOSS_TICK; set format y "%g" }
        } else {
            series = RIGHT
            reference = LEVEL[r]
            set label 5 RIGHT_NAME at screen grid_left(k) - 0.40 / WIDTH, graph 0.5 center rotate
            unset logscale y
            set yrange [0:1.03]
            set ytics 0.2
            set mytics 1
            set format y "%.1f"
        }
        dash = c == 2 && vaa ? 3 : 2
        plot reference with lines linewidth 1 dashtype dash linecolor rgb REFERENCE, \
             for [i = 1:LINE_COUNT] CURVES using "episode":(in(series, r, i, clipped(column("low")))):(in(series, r, i, clipped(column("high")))) \
                 with filledcurves linecolor rgb LINE_COLOUR[i], \
             for [i = 1:LINE_COUNT] CURVES using "episode":(in(series, r, i, column("mean"))) \
                 with linespoints linetype LINE_STYLE[i] dashtype LINE_DASH[i] linewidth 1.4 pointsize 0.42 * POINT pointinterval MARKS
        unset label
    }
    unset logscale y
}

# ---- legend in strips of its own: colours, dashes, references; and the caption at the foot
strip_high(row) = 1.0 - (0.02 + 0.145 * row) / HEIGHT
unset border
unset tics
unset xlabel
set lmargin at screen 0.1 / WIDTH
set rmargin at screen 1.0 - 0.1 / WIDTH
set yrange [0:1]
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
set key at graph 0.5, 0.5 center center horizontal maxrows 1 Left reverse samplen 2.6 width 0 noenhanced font ",7.5"
row = 0
do for [p = 1:COLOUR_ROWS] {
    set tmargin at screen strip_high(row)
    set bmargin at screen strip_high(row + 1)
    from = 1 + (p - 1) * in_a_row(COLOUR_COUNT, COLOUR_ROWS)
    to = p == COLOUR_ROWS ? COLOUR_COUNT : p * in_a_row(COLOUR_COUNT, COLOUR_ROWS)
    plot NaN notitle, \
         for [i = from:to] keyentry with linespoints linetype COLOUR_STYLE[i] dashtype 1 linewidth 1.4 pointsize 0.55 * POINT title COLOUR_NAME[i]
    unset label 9
    row = row + 1
}
do for [p = 1:DASH_ROWS] {
    set tmargin at screen strip_high(row)
    set bmargin at screen strip_high(row + 1)
    from = 1 + (p - 1) * in_a_row(DASH_COUNT, DASH_ROWS)
    to = p == DASH_ROWS ? DASH_COUNT : p * in_a_row(DASH_COUNT, DASH_ROWS)
    plot NaN notitle, for [i = from:to] keyentry with lines linewidth 1.4 dashtype i linecolor rgb INK title DASH_NAME[i]
    row = row + 1
}
if (first <= last) {
    set tmargin at screen strip_high(row)
    set bmargin at screen strip_high(row + 1)
    plot NaN notitle, for [i = first:last] keyentry with lines linewidth 1 dashtype i + 1 linecolor rgb REFERENCE title REFERENCE_NAME[i]
}
unset multiplot
