// Node loads the package where it is installed, beside its module and its worker.
export default { serverExternalPackages: ['tensorpress'] };
