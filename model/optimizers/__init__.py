"""Optimizers: G-FTRL and Adam for the rows of a table, FTRL and Adam for dense variables."""

from model.optimizers.dense_average import DenseAverage
from model.optimizers.dense_optimizer import DenseOptimizer
from model.optimizers.factory import (
    DENSE_OPTIMIZERS,
    ROW_OPTIMIZERS,
    build_dense_optimizer,
    build_row_optimizer,
)
from model.optimizers.ftrl import Ftrl
from model.optimizers.ftrl_step import ftrl_step
from model.optimizers.group_ftrl import GroupFtrl, group_ftrl_step
from model.optimizers.lazy_adam import LazyAdam
from model.optimizers.row_optimizer import RowOptimizer
from model.optimizers.sparse_table import SparseTable

__all__ = [
    "DENSE_OPTIMIZERS",
    "ROW_OPTIMIZERS",
    "DenseAverage",
    "DenseOptimizer",
    "Ftrl",
    "GroupFtrl",
    "LazyAdam",
    "RowOptimizer",
    "SparseTable",
    "build_dense_optimizer",
    "build_row_optimizer",
    "ftrl_step",
    "group_ftrl_step",
]
