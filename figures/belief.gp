# Return and mutual information during training, one colour and one marker per cell: the return first, then a panel of information for each
# set of histories and for the probe. Intervals are drawn first, all of them, then the lines, so that no band hides a line. The legend has
# a strip of its own above, or the place of the panel that is missing in the last row.
#
# Data: curves.csv (series, cell, episode, seeds, mean, low, high). Variables: see the head of figure.gp.

LEGEND_INSIDE = COLUMNS * ROWS > PANEL_COUNT
GRID_TOP = LEGEND_INSIDE ? 0.30 : 0.66
GRID_ABOVE = 0.36
GRID_BETWEEN = 0.54
GRID_LEFT = 0.49

set multiplot
set xrange [0:X_MAX]
set xtics X_TICK
set mxtics 2
do for [k = 1:PANEL_COUNT] {
    set lmargin at screen grid_left(k)
    set rmargin at screen grid_right(k)
    set tmargin at screen grid_top(k)
    set bmargin at screen grid_bottom(k)
    if (grid_lowest(k, PANEL_COUNT)) { set format x "%g"; set xlabel "training episodes" offset 0, 0.5 } else { set format x ""; unset xlabel }
    if (k == 1) {
        set yrange [RETURN_MIN:RETURN_MAX]
        set ytics RETURN_TICK
        set label 5 "discounted return" at screen grid_left(k) - 0.36 / WIDTH, graph 0.5 center rotate
        set label 1 title_above("a", COLUMNS < 3 ? "greedy policy, evaluated during training" : "greedy policy") at graph 0, 1.0 offset 0, 0.7
        if (OPTIMUM == OPTIMUM) { set label 2 OPTIMUM_NAME at first 0, OPTIMUM left offset 0.5, 0.5 font ",7" textcolor rgb INK }
        if (RANDOM == RANDOM) { set label 3 "random actions" at first X_MAX, RANDOM right offset 0, 0.5 font ",7" textcolor rgb INK }
        plot for [i = 1:CELL_COUNT] CURVES using "episode":(of(RETURN, CELL[i], column("low"))):(of(RETURN, CELL[i], column("high"))) \
                 with filledcurves linecolor rgb COLOUR[i], \
             OPTIMUM with lines linewidth 1 dashtype (12, 6) linecolor rgb "black", \
             RANDOM with lines linewidth 1 dashtype (2, 5) linecolor rgb "black", \
             for [i = 1:CELL_COUNT] CURVES using "episode":(of(RETURN, CELL[i], column("mean"))) \
                 with linespoints linetype STYLE[i] linewidth 1.4 pointsize 0.42 * POINT pointinterval MARKS
    } else {
        v = k - 1
        set yrange [MI_MIN:MI_MAX]
        set ytics MI_TICK
        if (COLUMNS < 3 || k == 2 || grid_column(k) == 0) { set label 5 "information (nats)" at screen grid_left(k) - 0.36 / WIDTH, graph 0.5 center rotate }
        set label 1 title_above(letter(k), TITLE[v]) at graph 0, 1.0 offset 0, 0.7
        if (HEIGHT_OF_ENTROPY[v] == HEIGHT_OF_ENTROPY[v]) { set label 2 "H(b)" at first X_MAX, HEIGHT_OF_ENTROPY[v] right offset 0, 0.55 font ",7" textcolor rgb INK }
        if (CONTROL[v] == CONTROL[v]) { set label 3 "current observation only" at first X_MAX, CONTROL[v] right offset 0, (CONTROL[v] - MI_MIN < 0.08 * (MI_MAX - MI_MIN) ? 0.55 : -0.6) font ",7" textcolor rgb INK }
        plot for [i = 1:STATE_COUNT] CURVES using "episode":(of(SERIES[v], STATE[i], column("low"))):(of(SERIES[v], STATE[i], column("high"))) \
                 with filledcurves linecolor rgb STATE_COLOUR[i], \
             HEIGHT_OF_ENTROPY[v] with lines linewidth 0.9 dashtype (7, 5) linecolor rgb "black", \
             CONTROL[v] with lines linewidth 0.9 dashtype (2, 5) linecolor rgb "black", \
             for [i = 1:CELL_COUNT] CURVES using "episode":(of(CEILING[v], CELL[i], column("mean"))) \
                 with lines linewidth 0.8 dashtype (7, 5) linecolor rgb COLOUR[i], \
             for [i = 1:STATE_COUNT] CURVES using "episode":(of(SERIES[v], STATE[i], column("mean"))) \
                 with linespoints linetype STATE_STYLE[i] linewidth 1.4 pointsize 0.42 * POINT
    }
    unset label
}

# ---- legend, and the caption at the foot
unset border
unset tics
unset xlabel
unset ylabel
if (LEGEND_INSIDE) {
    set lmargin at screen grid_left(PANEL_COUNT + 1)
    set rmargin at screen grid_right(PANEL_COUNT + 1)
    set tmargin at screen grid_top(PANEL_COUNT + 1) - 0.30 / HEIGHT    # below the axis of the panel above
    set bmargin at screen grid_bottom(PANEL_COUNT + 1)
    set key at graph 0.5, 0.5 center center vertical maxrows 9 Left reverse samplen 2.2 width -2 noenhanced font ",7.5"
} else {
    set lmargin at screen 0.1 / WIDTH
    set rmargin at screen 1.0 - 0.1 / WIDTH
    set bmargin at screen 1.0 - 0.27 / HEIGHT
    set tmargin at screen 1.0 - 0.02 / HEIGHT
    set key at graph 0.5, 0.5 center center horizontal maxrows (WIDTH < 5 ? 3 : 2) Left reverse samplen 2.2 width -2 noenhanced font ",7.5"    # fits with broad fonts too
}
set yrange [0:1]
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
plot NaN notitle, \
     for [i = 1:STATE_COUNT] keyentry with linespoints linetype STATE_STYLE[i] linewidth 1.4 pointsize 0.55 * POINT title STATE_NAME[i], \
     for [i = 1:DISCRETE] keyentry with lines linewidth 0.9 dashtype (7, 5) linecolor rgb "black" title "H(b), the ceiling"
unset label 9
unset multiplot
