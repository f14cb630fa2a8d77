// The registry of supervised tasks: to add one, write its file and add its line.
#include "envs/adding.h"
#include "envs/copy_first.h"
#include "envs/copy_memory.h"
#include "envs/denoising.h"
#include "envs/mnist.h"
#include "envs/parity.h"
#include "envs/task.h"
#include "envs/warp.h"

const TaskType *const task_types[] = {
    &copy_first_task, &denoising_task, &copy_memory_task, &adding_task,    //
    &warp_task,       &parity_task,    &mnist_task,
};
const size_t task_type_count = sizeof task_types / sizeof *task_types;
