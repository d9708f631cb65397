/* SPDX-License-Identifier: MIT */
/*
 * Writes profiles of its own stacks as gperftools and jemalloc do, without either, for
 * tests/pprof/sources.sh: legacy_files DIRECTORY. The stacks are real: main calls grow calls leaf,
 * and their return addresses and maps are those of this process.
 */
#include <execinfo.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t stack[16];
static int depth;

__attribute__((noinline)) static int leaf(int n)
{
	void *pcs[16];

	depth = backtrace(pcs, 16);
	for (int i = 0; i < depth; i++)
		stack[i] = (uint64_t)(uintptr_t)pcs[i];
	return depth + n;
}

__attribute__((noinline)) static int grow(int n)
{
	return leaf(n) + 1;
}

static FILE *create(const char *directory, const char *name)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "wb");
	if (file == NULL)
		exit(1);
	return file;
}

static void finish(FILE *file)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int c;

	while (maps != NULL && (c = getc(maps)) != EOF)
		putc(c, file);
	fclose(maps);
	fclose(file);
}

static void put_words(FILE *file, const uint64_t *words, int count)
{
	fwrite(words, sizeof(*words), (size_t)count, file);
}

/* Samples of two leaves; behind each stands the same signal frame. */
static void write_cpu(const char *directory)
{
	FILE *file = create(directory, "cpu.gperf");
	uint64_t signal_frame = (uint64_t)(uintptr_t)&write_cpu;

	put_words(file, (uint64_t[]){ 0, 3, 0, 10000, 0 }, 5);
	for (uint64_t i = 0; i < 3; i++) {
		put_words(file,
			  (uint64_t[]){ 10 + i, (uint64_t)depth + 1, stack[0] + i, signal_frame },
			  4);
		put_words(file, stack + 1, depth - 1);
	}
	put_words(file, (uint64_t[]){ 0, 1, 0 }, 3);
	finish(file);
}

static void put_stack(FILE *file)
{
	fputc('@', file);
	for (int i = 0; i < depth; i++)
		fprintf(file, " 0x%llx", (unsigned long long)stack[i]);
	fputc('\n', file);
}

static void write_heaps(const char *directory)
{
	FILE *file = create(directory, "heap.gperf");

	fprintf(file, "heap profile:      3:    70000 [   10:   900000] @ heap_v2/524288\n");
	fprintf(file, "     2:    60000 [     8:   800000] ");
	put_stack(file);
	fprintf(file, "     1:    10000 [     2:   100000] @ 0x%llx\n",
		(unsigned long long)stack[1]);
	fprintf(file, "\nMAPPED_LIBRARIES:\n");
	finish(file);
	file = create(directory, "exact.gperf");
	fprintf(file, "heap profile:      2:    60000 [     2:   60000] @ heapprofile\n");
	fprintf(file, "     2:    60000 [     2:   60000] ");
	put_stack(file);
	fprintf(file, "\nMAPPED_LIBRARIES:\n");
	finish(file);
	file = create(directory, "heap.jemalloc");
	fprintf(file, "heap_v2/524288\n  t*: 3: 70000 [0: 0]\n  t0: 3: 70000 [0: 0]\n");
	put_stack(file);
	fprintf(file, "  t*: 2: 60000 [0: 0]\n  t0: 2: 60000 [0: 0]\n");
	fprintf(file, "\nMAPPED_LIBRARIES:\n");
	finish(file);
}

int main(int argc, char **argv)
{
	if (argc != 2 || grow(1) == 0)
		return 1;
	write_cpu(argv[1]);
	write_heaps(argv[1]);
	return 0;
}
