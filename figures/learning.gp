# Learning of tasks: the validation loss on the left; on the right how many attractors the network reaches (VAA), or its accuracy. A row of
# panels for each combination of what varies beside the curves. Colours are cells or what varies; where both vary, dashes are the latter.
#
# Data: curves.csv (panel, series, cell, episode, seeds, mean, low, high), runs.csv (panel, series, cell, seed, episode, value): "cell" is
# the curve, "episode" the gradient step; an empty line ends each curve. Variables: see the head of figure.gp.

set dashtype 4 (9, 3, 2, 3)
REFERENCE = "#7F7F7F"
in(series, r, i, value) = (LINE_ROW[i] eq ROW[r] && strcol("panel") eq ROW[r] && strcol("series") eq series && strcol("cell") eq LINE[i]) ? value : NaN
clipped(value) = LOGARITHMIC && value < LOSS_MIN ? LOSS_MIN : value
titled = ROW_COUNT > 1 || ROW_TITLE[1] ne ""

GRID_LEFT = 0.56
GRID_BETWEEN = 0.60
GRID_RIGHT = 0.20
legend_rows = COLOUR_COUNT > 3 * COLUMNS ? 2 : 1    # of colours; a further one is for dashes and references
GRID_TOP = 0.40 + 0.14 * legend_rows
if (!titled) { GRID_ABOVE = 0.26 }
baselines = 0
levels = 0

set multiplot
set xrange [0:X_MAX]
set xtics X_TICK
set mxtics 2
do for [r = 1:ROW_COUNT] {
    if (r == ROW_COUNT) { set format x "%g"; set xlabel "gradient steps" offset 0, 0.5 } else { set format x ""; unset xlabel }
    if (BASELINE[r] == BASELINE[r]) { baselines = 1 }
    if (LEVEL[r] == LEVEL[r]) { if (RIGHT eq "vaa/mean") { levels = 1 } else { baselines = 1 } }
    do for [c = 1:COLUMNS] {
        k = (r - 1) * COLUMNS + c
        set lmargin at screen grid_left(k)
        set rmargin at screen grid_right(k)
        set tmargin at screen grid_top(k)
        set bmargin at screen grid_bottom(k)
        if (COLUMNS * ROW_COUNT > 1) { set label 1 title_above(letter(k), ROW_TITLE[r]) at graph 0, 1.0 offset 0, 0.7 }
        if (c == 1) {
            series = "validation/loss"
            reference = BASELINE[r]
            set label 5 LOSS_NAME at screen grid_left(k) - 0.43 / WIDTH, graph 0.5 center rotate
            set yrange [LOSS_MIN:LOSS_MAX]
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
        dash = c == 2 && RIGHT eq "vaa/mean" ? 3 : 2
        plot reference with lines linewidth 1 dashtype dash linecolor rgb REFERENCE, \
             for [i = 1:LINE_COUNT] CURVES using "episode":(in(series, r, i, clipped(column("low")))):(in(series, r, i, clipped(column("high")))) \
                 with filledcurves linecolor rgb LINE_COLOUR[i], \
             for [i = 1:LINE_COUNT] CURVES using "episode":(in(series, r, i, column("mean"))) \
                 with linespoints linetype LINE_STYLE[i] dashtype LINE_DASH[i] linewidth 1.4 pointsize 0.42 * POINT pointinterval MARKS
        unset label
    }
    unset logscale y
}

# ---- legend in a strip of its own, and the caption at the foot
unset border
unset tics
unset xlabel
set lmargin at screen 0.1 / WIDTH
set rmargin at screen 1.0 - 0.1 / WIDTH
set yrange [0:1]
set bmargin at screen 1.0 - (0.02 + 0.14 * legend_rows) / HEIGHT
set tmargin at screen 1.0 - 0.02 / HEIGHT
set key at graph 0.5, 0.5 center center horizontal maxrows legend_rows Left reverse samplen 2.6 width 1 noenhanced font ",7.5"
plot NaN notitle, \
     for [i = 1:COLOUR_COUNT] keyentry with linespoints linetype COLOUR_STYLE[i] dashtype 1 linewidth 1.4 pointsize 0.55 * POINT title COLOUR_NAME[i]
set bmargin at screen 1.0 - (0.17 + 0.14 * legend_rows) / HEIGHT
set tmargin at screen 1.0 - (0.03 + 0.14 * legend_rows) / HEIGHT
set key maxrows 1
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
plot NaN notitle, \
     for [i = 1:DASH_COUNT] keyentry with lines linewidth 1.4 dashtype i linecolor rgb INK title DASH_NAME[i], \
     for [i = 1:baselines] keyentry with lines linewidth 1 dashtype 2 linecolor rgb REFERENCE title "without memory", \
     for [i = 1:levels] keyentry with lines linewidth 1 dashtype 3 linecolor rgb REFERENCE title "one attractor"
unset label 9
unset multiplot
