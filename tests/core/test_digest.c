// SHA-256 against the examples of FIPS 180-4 (NIST, "Examples with intermediate values").
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/digest.h"

static void known_answers(void **state) {
    (void)state;
    char hex[DIGEST_SIZE];
    digest_bytes("", 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest_bytes("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const char *text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    digest_bytes(text, strlen(text), hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void a_million_bytes_in_pieces(void **state) {
    (void)state;
    char piece[1000], hex[DIGEST_SIZE];
    memset(piece, 'a', sizeof piece);
    Digest *digest = digest_create();
    for (int i = 0; i < 1000; i++) {
        digest_update(digest, piece, 337);
        digest_update(digest, piece, 0);
        digest_update(digest, piece, 663);
    }
    digest_finish(digest, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(a_million_bytes_in_pieces),
    };
    return cmocka_run_group_tests_name("core/digest", tests, NULL, NULL);
}
