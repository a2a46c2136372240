/* The INI parser must hold its own memory bounds and every lookup must end, whatever the file. */
#include <stddef.h>
#include <stdint.h>

#include "aws/ini.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void visit(const struct ini *ini, const struct ini_section *section)
{
    for (size_t k = 0; k < section->count; k++) {
        struct str block = section->options[k].value;
        struct ini_option nested;

        while (ini_nested_next(&block, &nested))
            continue;
    }
    ini_find(ini, section->role, section->name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = {(const char *)data, size};
    static const enum ini_kind kinds[] = {INI_CREDENTIALS, INI_CONFIG};

    for (size_t k = 0; k < 2; k++) {
        struct ini ini;
        struct str value;
        const char *why;
        size_t line;

        if (ini_parse(text, kinds[k], &ini, &why, &line) < 0)
            continue;
        for (size_t i = 0; i < ini.count; i++) {
            visit(&ini, &ini.sections[i]);
            ini_get(&ini, &ini.sections[i], "region", &value);
        }
        ini_free(&ini);
    }
    return 0;
}
