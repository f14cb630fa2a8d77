# VAA of freshly initialised networks against the horizon: a panel for each width, a line for each cell, crosses for the authors' values.
#
# Data: multistability.csv (hidden, cell, horizon, vaa, low, high), measured.csv (hidden, cell, horizon, vaa). Variables: see the head of
# figure.gp.

ROWS = 1
GRID_TOP = 0.62
GRID_LEFT = 0.60
GRID_BETWEEN = 0.10

belongs(k, c) = column("hidden") == HIDDEN[k] && strcol("cell") eq CELL[c]
at(k, c, name) = belongs(k, c) ? column(name) : NaN
aside(horizon, c) = horizon * 1.05 ** (c - 0.5 * (CELL_COUNT + 1))

set multiplot
set logscale xy
set xrange [65:1.5 * LONGEST]
set yrange [0.85 * LEAST:1.15]
set xtics ("100" 100, "500" 500, "2000" 2000, "10 000" 10000)
unset mxtics
do for [k = 1:PANEL_COUNT] {
    set lmargin at screen grid_left(k)
    set rmargin at screen grid_right(k)
    set tmargin at screen grid_top(k)
    set bmargin at screen grid_bottom(k)
    set xlabel "steps held, M" offset 0, 0.5
    if (k == 1) { set ytics (sprintf("%.2g", LEAST) LEAST, "0.05" 0.05, "0.1" 0.1, "0.2" 0.2, "0.5" 0.5, "1" 1); set ylabel "VAA" offset 0.6 } else { set ytics ("" LEAST, "" 0.05, "" 0.1, "" 0.2, "" 0.5, "" 1); unset ylabel }
    set label 1 title_above(letter(k), sprintf("2 x %d units", HIDDEN[k])) at graph 0, 1.0 left offset 0, 0.6
    plot LEAST with lines linewidth 0.9 dashtype 1 linecolor rgb "#9a9a9a", \
         for [c = 1:CELL_COUNT] MULTISTABILITY using (aside(column("horizon"), c)):(at(k, c, "low")):(0):(at(k, c, "high") - at(k, c, "low")) \
             with vectors nohead linewidth 0.9 linetype STYLE[c] dashtype 1, \
         for [c = 1:CELL_COUNT] MULTISTABILITY using (aside(column("horizon"), c)):(at(k, c, "vaa")) \
             with linespoints linewidth 1.3 linetype STYLE[c] pointsize 0.55 * POINT, \
         for [c = 1:CELL_COUNT] MEASURED using (aside(column("horizon"), c)):(at(k, c, "vaa")) \
             with points linetype STYLE[c] pointtype 2 pointsize 1.0 * POINT linewidth 1.6
}
unset label 1

# ---- legend in a line of its own, and the caption at the foot
unset logscale
unset border
unset tics
unset xlabel
unset ylabel
set xrange [0:1]
set yrange [0:1]
set lmargin at screen 0.02
set rmargin at screen 0.98
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
set bmargin at screen 1.0 - 0.28 / HEIGHT
set tmargin at screen 1.0 - 0.05 / HEIGHT
set key at graph 0.5, 0.5 center center horizontal maxrows 1 Left reverse samplen 1.4 width -1 noenhanced font ",7"
plot NaN notitle, \
     for [c = 1:CELL_COUNT] keyentry with linespoints linewidth 1.3 linetype STYLE[c] pointsize 0.55 * POINT title CELL_NAME[c]
unset multiplot
