# Learning curves, one panel for each combination of what varies beside the cell, with the same axes everywhere. Every run is behind the
# means, faint; bands are drawn before lines, so that no band hides a line.
#
# Data: curves.csv (panel, series, cell, episode, seeds, mean, low, high), runs.csv (panel, series, cell, seed, episode, value): an empty
# line ends each curve. Variables: see the head of figure.gp.

in(panel, cell, value) = (strcol("panel") eq panel && strcol("cell") eq cell) ? value : NaN

GRID_LEFT = 0.52
if (PANEL_COUNT == 1) { GRID_TOP = 0.50 }    # no title
set multiplot
set xrange [0:X_MAX]
set xtics X_TICK
set mxtics 2
set yrange [RETURN_MIN:RETURN_MAX]
set ytics RETURN_TICK
do for [k = 1:PANEL_COUNT] {
    set lmargin at screen grid_left(k)
    set rmargin at screen grid_right(k)
    set tmargin at screen grid_top(k)
    set bmargin at screen grid_bottom(k)
    if (grid_lowest(k, PANEL_COUNT)) { set format x "%g"; set xlabel "training episodes" offset 0, 0.5 } else { set format x ""; unset xlabel }
    if (grid_column(k) == 0) { set format y "%g"; set ylabel "discounted return" offset 1.2 } else { set format y ""; unset ylabel }
    if (PANEL_COUNT > 1) { set label 1 title_above(letter(k), PANEL_TITLE[k]) at graph 0, 1.0 offset 0, 0.7 }
    plot for [i = 1:CELL_COUNT] RUNS using "episode":(in(PANEL[k], CELL[i], column("value"))) \
             with lines linewidth 0.4 linecolor rgb FAINT[i], \
         for [i = 1:CELL_COUNT] CURVES using "episode":(in(PANEL[k], CELL[i], column("low"))):(in(PANEL[k], CELL[i], column("high"))) \
             with filledcurves linecolor rgb COLOUR[i], \
         OPTIMUM[k] with lines linewidth 1 dashtype (12, 6) linecolor rgb "black", \
         RANDOM[k] with lines linewidth 1 dashtype (2, 5) linecolor rgb "black", \
         for [i = 1:CELL_COUNT] CURVES using "episode":(in(PANEL[k], CELL[i], column("mean"))) \
             with linespoints linetype STYLE[i] linewidth 1.4 pointsize 0.42 * POINT pointinterval MARKS
}
unset label 1

# ---- legend in a strip of its own, and the caption at the foot
unset border
unset tics
unset xlabel
unset ylabel
set lmargin at screen 0.1 / WIDTH
set rmargin at screen 1.0 - 0.1 / WIDTH
set bmargin at screen 1.0 - 0.42 / HEIGHT
set tmargin at screen 1.0 - 0.02 / HEIGHT
set key at graph 0.5, 0.5 center center horizontal maxrows 2 Left reverse samplen 2 width -1 noenhanced font ",7.5"
set yrange [0:1]
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
plot NaN notitle, \
     for [i = 1:CELL_COUNT] keyentry with linespoints linetype STYLE[i] linewidth 1.4 pointsize 0.55 * POINT title CELL_NAME[i], \
     keyentry with lines linewidth 1 dashtype (12, 6) linecolor rgb "black" title OPTIMUM_NAME, \
     keyentry with lines linewidth 1 dashtype (2, 5) linecolor rgb "black" title "random"
unset label 9
unset multiplot
