/* The XML reader: what is found, and what is not well-formed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/xml.h"

static void texts_are_found_by_local_names(void **state)
{
    static const struct {
        const char *document;
        const char *path;
        enum xml_result result;
        const char *text;
    } rows[] = {
        {"<a><b>x</b></a>", "a/b", XML_FOUND, "x"},
        {"<a><b>x</b><b>y</b></a>", "a/b", XML_FOUND, "x"},
        {"<n:a xmlns:n='u'><n:b>x</n:b></n:a>", "a/b", XML_FOUND, "x"},
        {"<a><c/><b c=\"1 > 0\" d='\"'>x</b></a>", "*/b", XML_FOUND, "x"},
        {"<?xml version=\"1.0\"?>\n<!-- <b> -->\n<a><!-- - --><b>x</b></a>\n", "*/b", XML_FOUND, "x"},
        {"<a><b>1<c>2</c>3</b></a>", "a/b", XML_FOUND, "13"},
        {"<a><b>\n x </b></a>", "a/b", XML_FOUND, "\n x "},
        {"<a><b/></a>", "a/b", XML_FOUND, ""},
        {"<a><b>&lt;&gt;&amp;&quot;&apos;</b></a>", "a/b", XML_FOUND, "<>&\"'"},
        {"<a><b>&#65;&#x42;&#228;&#x20AC;&#x1F680;</b></a>", "a/b", XML_FOUND, "AB\u00e4\u20ac\U0001F680"},
        {"<a><b><![CDATA[<&]]>;</b></a>", "a/b", XML_FOUND, "<&;"},
        {"<a><b>x</b></a>", "a/c", XML_ABSENT, ""},
        {"<a><b>x</b></a>", "b", XML_ABSENT, ""},
        {"<a><c><b>x</b></c></a>", "a/b", XML_ABSENT, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf out;

        buf_init(&out, 256);
        assert_int_equal(xml_find(str_from(rows[i].document), rows[i].path, &out), rows[i].result);
        assert_string_equal(buf_str(&out).ptr, rows[i].text);
        buf_free(&out);
    }
}

static void faults_are_told_wherever_they_are(void **state)
{
    static const char *const rows[] = {
        "",
        " ",
        "text",
        "{}",
        "<a>",
        "<a><b>x</b>",
        "<a><b>x</a></b>",
        "<a><b>x</b></a><c/>",
        "<a><b>x</b></a>text",
        "<a><b>x</b><",
        "<a><b>x</b></a",
        "<a><b>&nbsp;</b></a>",
        "<a><b>&#0;</b></a>",
        "<a><b>&#xD800;</b></a>",
        "<a><b>&#x110000;</b></a>",
        "<a><b>&#-1;</b></a>",
        "<a><b>& b</b></a>",
        "<a><b>&amp</b></a>",
        "<a><b c=1>x</b></a>",
        "<a><b c=\"1>x</b></a>",
        "<a><b>x</b><!-- </a>",
        "<a><b><![CDATA[x]]</b></a>",
        "<!DOCTYPE a [<!ENTITY e \"x\">]><a><b>&e;</b></a>",
        "<![CDATA[x]]><a><b>x</b></a>",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf out;

        buf_init(&out, 256);
        if (xml_find(str_from(rows[i]), "a/b", &out) != XML_FAULT)
            fail_msg("%s", rows[i]);
        buf_free(&out);
    }
}

static void depth_is_bounded(void **state)
{
    struct buf document;
    struct buf out;

    (void)state;
    buf_init(&document, 4096);
    buf_init(&out, 256);
    for (int i = 0; i <= XML_DEPTH_MAX; i++)
        buf_add_str(&document, STR("<a>"));
    for (int i = 0; i <= XML_DEPTH_MAX; i++)
        buf_add_str(&document, STR("</a>"));
    assert_int_equal(xml_find(buf_str(&document), "b", &out), XML_FAULT);
    assert_int_equal(xml_find((struct str){document.ptr + 3, document.len - 7}, "b", &out), XML_ABSENT);
    buf_free(&document);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_found_by_local_names),
        cmocka_unit_test(faults_are_told_wherever_they_are),
        cmocka_unit_test(depth_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
