# Networks under warped time, one colour and one marker per cell. LENGTHENED: accuracy against how many times the warps are as long as those
# trained on. Else the loss after training against the warp, a panel for each way of warping, with the same axes everywhere.
#
# Data: losses.csv (panel, cell, warp, seeds, mean, low, high), or curves.csv (panel, series, cell, episode, seeds, mean, low, high) and
# runs.csv: "episode" is the factor there. Variables: see the head of figure.gp.

in(panel, cell, value) = (strcol("panel") eq panel && strcol("cell") eq cell) ? value : NaN
clipped(value) = !LENGTHENED && LOGARITHMIC && value < LOSS_MIN ? LOSS_MIN : value
X = LENGTHENED ? "episode" : "warp"
DATA = LENGTHENED ? CURVES : LOSSES

GRID_LEFT = 0.54
if (PANEL_COUNT == 1) { GRID_TOP = 0.50 }    # no title
set multiplot
if (LENGTHENED) {
    set xrange [1:X_MAX]
    set xtics 1, X_TICK
    set yrange [0:1.03]
    set ytics 0.2
    XNAME = "warp, as a multiple of those trained on"
    YNAME = "accuracy"
    YFORMAT = "%.1f"
} else {
    set logscale x
    set xrange [WARP[1] / 1.08:WARP[WARP_COUNT] * 1.08]
    unset mxtics
    set yrange [LOSS_MIN:LOSS_MAX]
    if (LOGARITHMIC) { set logscale y; set ytics 10; set mytics 10 } else { set ytics LOSS_TICK }
    XNAME = "warp"
    YNAME = "test loss (nats)"
    YFORMAT = LOGARITHMIC ? "10^{%L}" : "%g"
}
do for [k = 1:PANEL_COUNT] {
    set lmargin at screen grid_left(k)
    set rmargin at screen grid_right(k)
    set tmargin at screen grid_top(k)
    set bmargin at screen grid_bottom(k)
    lowest = grid_lowest(k, PANEL_COUNT)
    if (!LENGTHENED) {
        places = ""
        do for [i = 1:WARP_COUNT] { places = places.sprintf("%s\"%s\" %g", i > 1 ? ", " : "", lowest ? sprintf("%g", WARP[i]) : "", WARP[i]) }
        eval "set xtics (".places.")"
    }
    if (lowest) { set format x "%g"; set xlabel XNAME offset 0, 0.5 } else { set format x ""; unset xlabel }
    if (grid_column(k) == 0) { set format y YFORMAT; set label 5 YNAME at screen grid_left(k) - 0.41 / WIDTH, graph 0.5 center rotate } else { set format y "" }
    if (PANEL_COUNT > 1) { set label 1 title_above(letter(k), PANEL_TITLE[k]) at graph 0, 1.0 offset 0, 0.7 }
    plot for [i = 1:CELL_COUNT] DATA using X:(in(PANEL[k], CELL[i], clipped(column("low")))):(in(PANEL[k], CELL[i], clipped(column("high")))) \
             with filledcurves linecolor rgb COLOUR[i], \
         for [i = 1:CELL_COUNT] DATA using X:(in(PANEL[k], CELL[i], column("mean"))) \
             with linespoints linetype STYLE[i] linewidth 1.4 pointsize 0.5 * POINT
    unset label
}
unset logscale

# ---- legend in a strip of its own, and the caption at the foot
unset border
unset tics
unset xlabel
set lmargin at screen 0.1 / WIDTH
set rmargin at screen 1.0 - 0.1 / WIDTH
set bmargin at screen 1.0 - 0.32 / HEIGHT
set tmargin at screen 1.0 - 0.02 / HEIGHT
set key at graph 0.5, 0.5 center center horizontal maxrows 2 Left reverse samplen 2 width 1 noenhanced font ",7.5"
set xrange [0:1]
set yrange [0:1]
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
plot NaN notitle, \
     for [i = 1:CELL_COUNT] keyentry with linespoints linetype STYLE[i] linewidth 1.4 pointsize 0.55 * POINT title CELL_NAME[i]
unset label 9
unset multiplot
