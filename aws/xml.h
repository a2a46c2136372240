/*
 * A small reader for the XML that AWS answers with: elements by their local names, text with the five
 * entities, numeric references and CDATA. No attributes, no DTD, no entities of a document's own.
 */
#ifndef EKSGATE_AWS_XML_H
#define EKSGATE_AWS_XML_H

#include "base/arena.h"
#include "base/buf.h"

#define XML_DEPTH_MAX 32

enum xml_token { XML_BROKEN = -1, XML_END, XML_OPEN, XML_CLOSE, XML_TEXT, XML_CDATA };

struct xml {
    struct str rest;
    struct str text;                /* of XML_TEXT (still encoded) and XML_CDATA */
    struct str open[XML_DEPTH_MAX]; /* whole names of the open elements */
    size_t depth;
    bool closes; /* the element just opened was "<a/>" */
    bool had_root;
};

void xml_init(struct xml *x, struct str document);

/* The next piece. After XML_OPEN the element is open[depth - 1]; after XML_CLOSE it is gone. */
enum xml_token xml_next(struct xml *x);

enum xml_result { XML_FOUND, XML_ABSENT, XML_FAULT, XML_STOPPED };

/* Appends the text of the first element at path: local names joined by "/", "*" for any one name, from the
 * root on. The whole document must be well-formed, else XML_FAULT. */
enum xml_result xml_find(struct str document, const char *path, struct buf *out);

/* Calls take() with every element at path, each as a document of its own, until it returns -1 (XML_STOPPED). XML_FOUND,
 * XML_ABSENT or XML_FAULT: elements before the fault were taken. */
enum xml_result xml_each(struct str document, const char *path, int (*take)(void *arg, struct str element), void *arg);

/* As xml_find(), copied into the arena; "" where there is none, or it is broken or longer than 16 KiB. */
const char *xml_text(struct arena *arena, struct str document, const char *path);

#endif
