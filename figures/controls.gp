# Controls: final returns, one row for each agent, from the top, and a panel for each task. Circles are runs; below them, black, their mean
# with its interval.
#
# Data: points.csv (panel, agent, seed, status, return, row, spread), means.csv (panel, agent, row, runs, broken, mean, low, high).
# Variables: see the head of figure.gp.

in(k, a, value) = (strcol("panel") eq PANEL[k] && column("row") == a) ? value : NaN
of_status(k, a, status, value) = strcol("status") eq status ? in(k, a, value) : NaN
place(row) = AGENT_COUNT + 1 - row

longest = 0
do for [a = 1:AGENT_COUNT] { if (strlen(AGENT[a]) > longest) { longest = strlen(AGENT[a]) } }
GRID_LEFT = 0.20 + 0.068 * longest
GRID_TOP = PANEL_COUNT > 1 ? 0.46 : 0.26
GRID_BELOW = 0.48
GRID_ABOVE = 0.62
GRID_BETWEEN = 0.26
GRID_RIGHT = 0.20
set multiplot
set yrange [0.4:AGENT_COUNT + 0.6]
set border 1
set mxtics 2
do for [k = 1:PANEL_COUNT] {
    set lmargin at screen grid_left(k)
    set rmargin at screen grid_right(k)
    set tmargin at screen grid_top(k)
    set bmargin at screen grid_bottom(k)
    set xrange [X_MIN[k]:X_MAX[k]]
    set xtics X_TICK[k]
    unset ytics
    if (grid_column(k) == 0) {
        set ytics scale 0 ("" 0) noenhanced
        do for [a = 1:AGENT_COUNT] { set ytics add (AGENT[a] place(a)) }
    }
    if (grid_lowest(k, PANEL_COUNT)) { set xlabel "final discounted return" offset 0, 0.5 } else { unset xlabel }
    if (PANEL_COUNT > 1) { set label 1 title_above(letter(k), PANEL_TITLE[k]) at graph 0, 1.0 offset 0, 1.55 }
    if (OPTIMUM[k] == OPTIMUM[k]) {
        set arrow 1 from OPTIMUM[k], graph 0 to OPTIMUM[k], graph 1 nohead linewidth 1 dashtype (12, 6) linecolor rgb "black" back
        set label 2 OPTIMUM_NAME[k] at OPTIMUM[k], graph 1 right offset 0.4, 0.5 font ",7" textcolor rgb INK
    }
    if (RANDOM[k] == RANDOM[k]) {
        set arrow 2 from RANDOM[k], graph 0 to RANDOM[k], graph 1 nohead linewidth 1 dashtype (2, 5) linecolor rgb "black" back
        set label 3 "random" at RANDOM[k], graph 1 left offset -0.4, 0.5 font ",7" textcolor rgb INK
    }
    plot NaN notitle, \
         for [a = 1:AGENT_COUNT] POINTS using (of_status(k, a, "ok", column("return"))):(place(column("row")) + 0.16 + 0.36 * column("spread")) \
             with points pointtype 6 pointsize 0.48 * POINT linewidth 0.9 linecolor rgb COLOUR[a], \
         for [a = 1:AGENT_COUNT] POINTS using (of_status(k, a, "broken", column("return"))):(place(column("row")) + 0.16 + 0.36 * column("spread")) \
             with points pointtype 2 pointsize 0.48 * POINT linewidth 0.9 linecolor rgb COLOUR[a], \
         for [a = 1:AGENT_COUNT] MEANS using (in(k, a, column("low"))):(place(column("row")) - 0.22):(column("high") - column("low")):(0) \
             with vectors nohead linewidth 1.3 dashtype 1 linecolor rgb "black", \
         for [a = 1:AGENT_COUNT] MEANS using (in(k, a, column("mean"))):(place(column("row")) - 0.36):(0):(0.28) \
             with vectors nohead linewidth 1.8 dashtype 1 linecolor rgb "black"
    unset label
    unset arrow
}
unset border
unset tics
unset xlabel
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
set tmargin at screen 0.02
set bmargin at screen 0.01
plot [0:1] [0:1] NaN notitle
unset label 9
unset multiplot
