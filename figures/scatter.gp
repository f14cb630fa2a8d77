# Mutual information against return: one point for each run, one colour and marker per cell, a panel for each set of histories (columns) and
# each combination of what varies beside the cell (rows).
#
# Data: points.csv (panel, set, cell, seed, episode, information, return). Variables: see the head of figure.gp.

in(k, cell, value) = (strcol("panel") eq PANEL[k] && strcol("set") eq SET[k] && strcol("cell") eq cell) ? value : NaN

GRID_LEFT = 0.58
GRID_TOP = 0.70
GRID_ABOVE = 0.62
GRID_BETWEEN = 0.36
GRID_RIGHT = 0.20
set multiplot
set mxtics 2
do for [k = 1:PLOT_COUNT] {
    set lmargin at screen grid_left(k)
    set rmargin at screen grid_right(k)
    set tmargin at screen grid_top(k)
    set bmargin at screen grid_bottom(k)
    set xrange [X_MIN[k]:X_MAX[k]]
    set xtics X_TICK[k]
    set yrange [Y_MIN[k]:Y_MAX[k]]
    set ytics Y_TICK[k]
    if (grid_lowest(k, PLOT_COUNT)) { set xlabel "mutual information (nats)" offset 0, 0.5 } else { unset xlabel }
    if (grid_column(k) == 0) { set format y "%g"; set label 5 "discounted return" at screen 0.14 / WIDTH, graph 0.5 center rotate } else { set format y "" }
    set label 1 title_above(letter(k), TITLE[k]) at graph 0, 1.0 offset 0, 1.55
    set label 2 RHO[k] at graph 0, 1.0 offset 0, 0.65 font ",7" textcolor rgb INK noenhanced
    plot NaN notitle, \
         for [i = 1:CELL_COUNT] POINTS using (in(k, CELL[i], column("information"))):(column("return")) \
             with points linetype STYLE[i] linewidth 1.2 pointsize 0.6 * POINT
    unset label 5
}
unset label

# ---- legend in a strip of its own, and the caption at the foot
unset border
unset tics
unset xlabel
unset ylabel
set lmargin at screen 0.1 / WIDTH
set rmargin at screen 1.0 - 0.1 / WIDTH
set bmargin at screen 1.0 - 0.32 / HEIGHT
set tmargin at screen 1.0 - 0.02 / HEIGHT
set key at graph 0.5, 0.5 center center horizontal maxrows 2 Left reverse samplen 1 width 2 noenhanced font ",7.5"
set xrange [0:1]
set yrange [0:1]
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
plot NaN notitle, \
     for [i = 1:CELL_COUNT] keyentry with points linetype STYLE[i] linewidth 1.2 pointsize 0.7 * POINT title CELL_NAME[i]
unset label 9
unset multiplot
