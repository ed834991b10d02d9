//! tensorpress kernels.
