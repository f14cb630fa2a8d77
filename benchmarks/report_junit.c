// The claims as a JUnit report: what CI services show as a list of tests.
#include <libxml/xmlwriter.h>
#include <stdio.h>
#include <stdlib.h>

#include "benchmarks/report.h"
#include "core/arena.h"
#include "core/aside.h"

typedef enum Outcome { OUTCOME_PASSED, OUTCOME_FAILED, OUTCOME_SKIPPED } Outcome;

static Outcome outcome_of(const CheckRow *row) {
    bool expected_to_fail = row->spec->claim.expect == EXPECT_FAIL, open = row->spec->claim.expect == EXPECT_OPEN;
    if (open || row->result.verdict == VERDICT_DESCRIBED || row->result.verdict == VERDICT_INCONCLUSIVE) return OUTCOME_SKIPPED;
    return (row->result.verdict == VERDICT_FAIL) == expected_to_fail ? OUTCOME_PASSED : OUTCOME_FAILED;
}

static int count_outcomes(const CheckReport *report, Outcome outcome) {
    int count = 0;
    for (size_t i = 0; i < report->count; i++) count += outcome_of(&report->rows[i]) == outcome;
    return count;
}

static void attribute(xmlTextWriterPtr writer, const char *name, const char *value) {
    xmlTextWriterWriteAttribute(writer, BAD_CAST name, BAD_CAST value);
}

static void attribute_count(xmlTextWriterPtr writer, const char *name, int value) {
    xmlTextWriterWriteFormatAttribute(writer, BAD_CAST name, "%d", value);
}

static void write_claim(xmlTextWriterPtr writer, const CheckReport *report, const CheckRow *row) {
    const ClaimResult *result = &row->result;
    Outcome outcome = outcome_of(row);
    xmlTextWriterStartElement(writer, BAD_CAST "testcase");
    attribute(writer, "classname", report->experiment->name);
    attribute(writer, "name", row->spec->id);
    if (outcome != OUTCOME_PASSED) {
        xmlTextWriterStartElement(writer, BAD_CAST(outcome == OUTCOME_FAILED ? "failure" : "skipped"));
        bool judged = result->verdict != VERDICT_DESCRIBED;
        char *message = judged ? memory_format("%s (expected: %s): %s", check_verdict(row),
                                               claim_expectation_names[row->spec->claim.expect], result->reason)
                               : memory_format("described, not judged");
        attribute(writer, "message", message);
        free(message);
        xmlTextWriterEndElement(writer);
    }
    xmlTextWriterStartElement(writer, BAD_CAST "system-out");
    xmlTextWriterWriteFormatString(writer, "%s\nverdict %s, effect %.6g, interval [%.6g, %.6g], threshold %.6g, %d seeds\n%s",
                                   row->spec->text, check_verdict(row), result->effect, result->low, result->high,
                                   result->threshold, row->seeds, row->spec->location);
    xmlTextWriterEndElement(writer);
    xmlTextWriterEndElement(writer);
}

static void write_report(xmlTextWriterPtr writer, const CheckReport *report) {
    xmlTextWriterStartElement(writer, BAD_CAST "testsuite");
    attribute(writer, "name", report->experiment->name);
    attribute_count(writer, "tests", (int)report->count);
    attribute_count(writer, "failures", count_outcomes(report, OUTCOME_FAILED));
    attribute_count(writer, "errors", 0);
    attribute_count(writer, "skipped", count_outcomes(report, OUTCOME_SKIPPED));
    for (size_t i = 0; i < report->count; i++) write_claim(writer, report, &report->rows[i]);
    xmlTextWriterEndElement(writer);
}

static int count_gate(const BaselineReport *gate, Verdict verdict) {
    int count = 0;
    for (size_t i = 0; i < gate->count; i++) count += gate->rows[i].result.verdict == verdict;
    return count;
}

static void write_compared(xmlTextWriterPtr writer, const char *suite, const BaselineRow *row) {
    const ClaimResult *result = &row->result;
    xmlTextWriterStartElement(writer, BAD_CAST "testcase");
    attribute(writer, "classname", suite);
    attribute(writer, "name", row->spec->id);
    if (result->verdict != VERDICT_PASS) {
        xmlTextWriterStartElement(writer, BAD_CAST(result->verdict == VERDICT_FAIL ? "failure" : "skipped"));
        char *message = memory_format("%s: %s", baseline_word(row), result->reason);
        attribute(writer, "message", message);
        free(message);
        xmlTextWriterEndElement(writer);
    }
    xmlTextWriterStartElement(writer, BAD_CAST "system-out");
    xmlTextWriterWriteFormatString(writer, "change %.6g, interval [%.6g, %.6g], margin %.6g; larger is better", result->effect,
                                   result->fail_low, result->fail_high, row->margin);
    xmlTextWriterEndElement(writer);
    xmlTextWriterEndElement(writer);
}

static void write_gate(xmlTextWriterPtr writer, const char *experiment, const BaselineReport *gate) {
    char *suite = memory_format("%s against the baseline", experiment);
    xmlTextWriterStartElement(writer, BAD_CAST "testsuite");
    attribute(writer, "name", suite);
    attribute_count(writer, "tests", (int)gate->count);
    attribute_count(writer, "failures", count_gate(gate, VERDICT_FAIL));
    attribute_count(writer, "errors", 0);
    attribute_count(writer, "skipped", count_gate(gate, VERDICT_INCONCLUSIVE));
    for (size_t i = 0; i < gate->count; i++) write_compared(writer, suite, &gate->rows[i]);
    xmlTextWriterEndElement(writer);
    free(suite);
}

static bool publish(const xmlBuffer *buffer, const char *path, Error *error) {
    Aside aside;
    if (!aside_open(&aside, path, error)) return false;
    fwrite(xmlBufferContent(buffer), 1, (size_t)xmlBufferLength(buffer), aside.file);
    return aside_close(&aside, error);
}

bool report_write_junit(CheckReport *const *reports, size_t count, const char *path, Error *error) {
    return report_write_junit_noted(reports, NULL, count, path, error);
}

bool report_write_junit_noted(CheckReport *const *reports, const ReportNote *notes, size_t count, const char *path,
                              Error *error) {
    xmlBufferPtr buffer = xmlBufferCreate();
    xmlTextWriterPtr writer = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL;
    if (!writer) return error_set(error, "out of memory while writing %s", path);
    xmlTextWriterSetIndent(writer, 1);
    xmlTextWriterStartDocument(writer, NULL, "UTF-8", NULL);
    xmlTextWriterStartElement(writer, BAD_CAST "testsuites");
    for (size_t i = 0; i < count; i++) {
        write_report(writer, reports[i]);
        if (notes && notes[i].gate) write_gate(writer, reports[i]->experiment->name, notes[i].gate);
    }
    xmlTextWriterEndElement(writer);
    xmlTextWriterEndDocument(writer);
    xmlFreeTextWriter(writer);
    bool written = publish(buffer, path, error);
    xmlBufferFree(buffer);
    return written;
}
