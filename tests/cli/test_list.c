// engram list: everything is there, in each format.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli/list.h"

static char *print(Options options) {
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    Error error = {""};
    if (!list_print(&options, out, &error)) fail_msg("%s", error.message);
    fclose(out);
    return text;
}

static void test_people(void **state) {
    (void)state;
    char *text = print((Options){0});
    const char *const parts[] = {"Environments",
                                 "tmaze",
                                 "environment.length",
                                 "integer, 1 to 10000",
                                 "Cells",
                                 "nbrc",
                                 "agent.epsilon",
                                 "network.hidden",
                                 "mine.hidden",
                                 "belief/tmaze",
                                 "--scale paper",
                                 "NAME/VIEW",
                                 "improvement",
                                 "script figures/parity.gp"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!strstr(text, parts[i])) fail_msg("'%s' is not in the list", parts[i]);
    }
    assert_null(strstr(text, "script figures/improvement.gp"));    // a view is listed as such only
    free(text);
}

static void test_csv(void **state) {
    (void)state;
    char *text = print((Options){.csv = true});
    assert_int_equal(strncmp(text, "kind,name,parameter,type,default,accepts,help", 45), 0);
    assert_non_null(strstr(text, "environment,tmaze,environment.length,integer,20,\"integer, 1 to 10000\","));
    free(text);
}

// Every parameter of every section is in the JSON, once.
static void test_json(void **state) {
    (void)state;
    char *text = print((Options){.json = true});
    json_error_t problem;
    json_t *list = json_loads(text, 0, &problem);
    assert_non_null(list);
    Config *config = config_create();
    for (size_t section = 0; section < config_section_count(); section++) {
        const ParamTable *table = config_section_table(config, section);
        for (size_t i = 0; i < table->count; i++) {
            char name[128];
            snprintf(name, sizeof name, "%s.%s", config_section_name(section), table->rows[i].name);
            size_t found = 0;
            for (size_t j = 0; j < json_array_size(list); j++) {
                const json_t *row = json_array_get(list, j);
                if (strcmp(json_string_value(json_object_get(row, "parameter")), name) != 0) continue;
                // Another agent may have a parameter of the same name.
                bool agent = strcmp(json_string_value(json_object_get(row, "kind")), "agent") == 0;
                if (agent && strcmp(json_string_value(json_object_get(row, "name")), config_agent(config)->name) != 0) continue;
                assert_string_equal(json_string_value(json_object_get(row, "default")), table->rows[i].default_text);
                found++;
            }
            assert_int_equal(found, 1);
        }
    }
    config_destroy(config);
    json_decref(list);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_people), cmocka_unit_test(test_csv), cmocka_unit_test(test_json)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
