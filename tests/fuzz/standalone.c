/*
 * Runs a fuzz target over every file of the folders and files given: how ctest replays a corpus where
 * there is no libFuzzer.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size + 1);
    int result = -1;

    /* Exactly as large as the input, so that the sanitizer sees the first byte beyond it. */
    if (file && data && fread(data, 1, size, file) == size) {
        uint8_t *exact = realloc(data, size ? size : 1);

        data = exact ? exact : data;
        LLVMFuzzerTestOneInput(data, size);
        result = 0;
    }
    if (file)
        fclose(file);
    free(data);
    return result;
}

static int replay(const char *path, size_t *count)
{
    struct stat st;
    struct dirent *entry;
    DIR *folder;
    int result = 0;

    if (stat(path, &st) < 0)
        return -1;
    if (!S_ISDIR(st.st_mode)) {
        (*count)++;
        return replay_file(path, (size_t)st.st_size);
    }
    folder = opendir(path);
    if (!folder)
        return -1;
    while (result == 0 && (entry = readdir(folder))) {
        char below[4096];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
        result = replay(below, count);
    }
    closedir(folder);
    return result;
}

int main(int argc, char **argv)
{
    size_t count = 0;

    for (int i = 1; i < argc; i++) {
        if (replay(argv[i], &count) < 0) {
            fprintf(stderr, "%s can not be read\n", argv[i]);
            return 1;
        }
    }
    printf("%zu inputs\n", count);
    return count == 0;
}
